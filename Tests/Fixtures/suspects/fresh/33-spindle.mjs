// Spindle: a plain pipe to the model server.
// PORT and OPENAI_BASE_URL come from the environment.
import http from "node:http";
import { pipeline } from "node:stream";

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
  return { ...out, host: base.host };
}

function fields(up) {
  const skip = named(up.headers);
  const out = [];
  for (let i = 0; i < up.rawHeaders.length; i += 2) {
    const n = up.rawHeaders[i].toLowerCase();
    if (HOP.has(n) || skip.has(n)) continue;
    out.push(up.rawHeaders[i], up.rawHeaders[i + 1]);
  }
  return out;
}

const server = http.createServer((req, res) => {
  res.sendDate = false;
  const out = http.request({ agent, hostname: base.hostname, port: base.port || 80, method: req.method, path: req.url, headers: requestHeaders(req) });
  out.on("response", (up) => {
    up.on("error", () => { if (req.httpVersion === "1.0") res.socket?.resetAndDestroy(); });
    res.writeHead(up.statusCode, up.statusMessage, fields(up));
    res.flushHeaders();
    pipeline(up, res, (error) => { if (error) res.destroy(); });
  });
  res.on("close", () => { if (!res.writableFinished) out.removeAllListeners().on("error", () => {}).destroy(); });
  req.pipe(out);
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
