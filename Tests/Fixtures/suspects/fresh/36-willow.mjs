// Willow: parses the event stream and writes each event again with clean fields.
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

const LIMIT = 32 * 1024 * 1024;
const BOM = "\u00ef\u00bb\u00bf";

// Lines of a byte stream, as latin1 strings so that no byte is ever changed.
async function* linesOf(source) {
  let parts = [];
  let held = 0;
  let cr = false;
  let first = true;
  for await (const chunk of source) {
    let text = chunk.toString("latin1");
    if (cr && text[0] === "\n") text = text.slice(1);
    if (chunk.length) cr = chunk[chunk.length - 1] === 13;
    const pieces = text.split(/\r\n|\n|\r/);
    for (let i = 0; i < pieces.length; i++) {
      parts.push(pieces[i]);
      held += pieces[i].length;
      if (held > LIMIT) throw new Error("line too long");
      if (i === pieces.length - 1) break;
      let line = parts.join("");
      parts = [];
      held = 0;
      if (first && line.startsWith(BOM)) line = line.slice(3);
      first = false;
      yield line;
    }
  }
  if (held) yield { rest: parts.join("") };
}

async function* eventsOf(source) {
  let lines = [];
  for await (const line of linesOf(source)) {
    if (typeof line === "object") {
      yield { lines, rest: line.rest };
      return;
    }
    if (line) lines.push(line);
    else {
      yield { lines };
      lines = [];
    }
  }
  if (lines.length) yield { lines, rest: "" };
}

const FIELD = /^(event|id|retry)(:|$)/;

async function* normalise(source) {
  for await (const event of eventsOf(source)) {
    const out = [];
    for (const line of event.lines) {
      if (line.startsWith("data: ") || line === "data:" || line === "data") out.push(line);
      else if (line.startsWith(":") || FIELD.test(line)) out.push(line);
      // all other fields mean nothing to a client
    }
    if (event.rest !== undefined) {
      yield Buffer.from(out.map((l) => l + "\n").join("") + event.rest, "latin1");
      return;
    }
    if (out.length) yield Buffer.from(out.join("\n") + "\n\n", "latin1");
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
    if (sse) pipeline(up, normalise, res, done);
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
