// Quay: hands an event stream on in whole blocks, so that a client never sees half an event.
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

class Blocks extends Transform {
  pending = [];
  held = 0;
  last = Buffer.alloc(0);
  _transform(chunk, _enc, done) {
    // Look for the end of a block (LF LF or CR LF CR LF) in the new bytes and the three before them.
    const window = Buffer.concat([this.last, chunk]);
    const text = window.toString("latin1");
    let end = -1;
    for (const match of text.matchAll(/\n\r?\n/g)) {
      const stop = match.index + match[0].length - this.last.length;
      if (stop > 0) end = stop;
    }
    this.last = window.subarray(Math.max(0, window.length - 2));
    if (end < 0) {
      this.pending.push(chunk);
      this.held += chunk.length;
      return done(this.held > 32 * 1024 * 1024 ? new Error("block too long") : null);
    }
    this.push(Buffer.concat([...this.pending, chunk.subarray(0, end)]));
    const rest = chunk.subarray(end);
    this.pending = rest.length ? [rest] : [];
    this.held = rest.length;
    done();
  }
  _flush(done) {
    if (this.held) this.push(Buffer.concat(this.pending));
    done();
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
    if (sse) pipeline(up, new Blocks(), res, done);
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
