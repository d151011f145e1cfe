// Compass: follows redirects of the upstream itself, since many clients do not.
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
  const parts = [];
  let live = null;
  const fail = (error) => {
    if (res.headersSent) return res.destroy();
    const text = JSON.stringify({ error: { message: `upstream: ${error.message}`, type: "bad_gateway" } });
    res.writeHead(502, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
  };

  const send = (method, path, body, left) => {
    const headers = requestHeaders(req);
    delete headers["transfer-encoding"];
    if (body.length || headers["content-length"] !== undefined) headers["content-length"] = body.length;
    if (method !== req.method) {
      delete headers["content-length"];
      delete headers["content-type"];
    }
    const out = http.request({ agent, hostname: base.hostname, port: base.port || 80, method, path, headers });
    live = out;
    out.on("error", fail);
    out.on("response", (up) => {
      const to = up.headers.location && URL.canParse(up.headers.location, new URL(path, base)) ? new URL(up.headers.location, new URL(path, base)) : null;
      if ([301, 302, 303, 307, 308].includes(up.statusCode) && to?.host === base.host && left > 0) {
        up.on("error", () => {}).resume();
        const again = up.statusCode >= 307 || method === "GET" || method === "HEAD";
        return send(again ? method : "GET", to.pathname + to.search, again ? body : Buffer.alloc(0), left - 1);
      }
      up.on("error", () => { if (req.httpVersion === "1.0") res.socket?.resetAndDestroy(); });
      res.writeHead(up.statusCode, up.statusMessage, fields(up));
      res.flushHeaders();
      pipeline(up, res, (error) => { if (error) res.destroy(); });
    });
    out.end(body);
  };

  req.on("data", (chunk) => parts.push(chunk));
  req.on("end", () => send(req.method, req.url, Buffer.concat(parts), 5));
  res.on("close", () => { if (!res.writableFinished) live?.destroy(); });
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
