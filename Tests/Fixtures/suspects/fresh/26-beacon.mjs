// Beacon: keeps quiet event streams alive with a comment every two seconds.
// PORT and OPENAI_BASE_URL come from the environment.
import http from "node:http";
import { pipeline, Transform } from "node:stream";

const base = new URL(process.env.OPENAI_BASE_URL);
const agent = new http.Agent({ keepAlive: false });
const HOP = new Set(["connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
  "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);

function named(headers) {
  return new Set((headers.connection ?? "").split(",").map((s) => s.trim().toLowerCase()));
}

function requestHeaders(req) {
  const skip = named(req.headers);
  const out = {};
  for (const [n, v] of Object.entries(req.headers)) if (!HOP.has(n) && !skip.has(n) && n !== "expect") out[n] = v;
  if (req.headers["transfer-encoding"]) out["transfer-encoding"] = "chunked";
  return { ...out, "accept-encoding": "identity", host: base.host };
}

function fields(up, sse) {
  const skip = named(up.headers);
  const out = [];
  for (let i = 0; i < up.rawHeaders.length; i += 2) {
    const n = up.rawHeaders[i].toLowerCase();
    if (HOP.has(n) || skip.has(n) || (sse && n === "content-length")) continue;
    out.push(up.rawHeaders[i], up.rawHeaders[i + 1]);
  }
  return out;
}

const PERIOD = 2000;
const TICK = Buffer.from(": keep-alive\n\n");

class KeepAlive extends Transform {
  constructor() {
    super();
    this.begun = false;
    this.timer = setInterval(() => {
      if (this.begun) this.push(TICK);
    }, PERIOD);
  }
  _transform(chunk, _enc, done) {
    this.begun = true;
    this.timer.refresh();
    done(null, chunk);
  }
  _flush(done) {
    clearInterval(this.timer);
    done();
  }
  _destroy(error, done) {
    clearInterval(this.timer);
    done(error);
  }
}

const server = http.createServer((req, res) => {
  res.sendDate = false;
  const out = http.request({ agent, hostname: base.hostname, port: base.port || 80, method: req.method, path: req.url, headers: requestHeaders(req) });
  out.on("response", (up) => {
    const sse = /^text\/event-stream\s*(;|$)/i.test(up.headers["content-type"] ?? "") && (up.headers["content-encoding"] ?? "identity") === "identity";
    up.on("error", () => { if (req.httpVersion === "1.0") res.socket?.resetAndDestroy(); });
    res.writeHead(up.statusCode, up.statusMessage, fields(up, sse));
    res.flushHeaders();
    const done = (error) => { if (error) res.destroy(); };
    if (sse) pipeline(up, new KeepAlive(), res, done);
    else pipeline(up, res, done);
  });
  out.on("error", (error) => {
    if (res.headersSent) return res.destroy();
    const text = JSON.stringify({ error: { message: `upstream: ${error.message}`, type: "bad_gateway" } });
    res.writeHead(502, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
  });
  res.on("close", () => { if (!res.writableFinished) out.destroy(); });
  req.pipe(out);
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
