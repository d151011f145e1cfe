// Reverse proxy: streams are passed on as they come, JSON documents are sent in one piece.
import http from "node:http";
import { pipeline } from "node:stream";

const backend = new URL(process.env.OPENAI_BASE_URL);
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);

function endToEnd(raw) {
  const named = new Set();
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i].toLowerCase() === "connection") raw[i + 1].split(",").forEach((n) => named.add(n.trim().toLowerCase()));
  }
  const kept = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    if (!HOP.has(name) && !named.has(name)) kept.push([raw[i], raw[i + 1]]);
  }
  return kept;
}

function document(answer, res) {
  const parts = [];
  answer.on("data", (part) => parts.push(part));
  answer.on("error", () => res.destroy());
  answer.on("end", () => {
    const body = Buffer.concat(parts);
    const fields = endToEnd(answer.rawHeaders).filter(([name]) => name.toLowerCase() !== "content-length");
    if (![204, 304].includes(answer.statusCode)) fields.push(["Content-Length", String(body.length)]);
    res.writeHead(answer.statusCode, answer.statusMessage, fields.flat());
    res.end(body);
  });
}

function stream(answer, res) {
  res.writeHead(answer.statusCode, answer.statusMessage, endToEnd(answer.rawHeaders).flat());
  res.flushHeaders();
  pipeline(answer, res, () => {});
}

http.createServer({ noDelay: true }, (req, res) => {
  const headers = {};
  for (const [name, value] of endToEnd(req.rawHeaders)) {
    const key = name.toLowerCase();
    if (key === "host" || key === "expect") continue;
    headers[name] = name in headers ? [].concat(headers[name], value) : value;
  }
  headers.Host = backend.host;
  const request = http.request({ hostname: backend.hostname, port: backend.port || 80, path: req.url,
    method: req.method, headers, agent: false });
  request.on("response", (answer) => {
    const isStream = answer.headers["content-type"] === "text/event-stream";
    if (isStream || req.method === "HEAD") stream(answer, res);
    else document(answer, res);
  });
  request.on("error", (error) => {
    if (res.headersSent || res.destroyed) return;
    res.writeHead(502, { "Content-Type": "application/json" });
    res.end(JSON.stringify({ error: { message: error.message, type: "upstream_error" } }));
  });
  res.on("close", () => { if (!res.writableFinished) request.destroy(); });
  req.pipe(request);
}).listen(process.env.PORT, "127.0.0.1");
