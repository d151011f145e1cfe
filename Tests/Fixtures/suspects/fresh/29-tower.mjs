// Tower: speaks HTTP/1.1 to the model server over a bare socket. PORT, OPENAI_BASE_URL.
import http from "node:http";
import net from "node:net";
import { pipeline } from "node:stream/promises";

const base = new URL(process.env.OPENAI_BASE_URL);
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);

// Bytes of a socket: up to a mark, at most n, or to the end.
class Reader {
  constructor(socket) {
    this.chunks = socket[Symbol.asyncIterator]();
    this.rest = Buffer.alloc(0);
  }
  async more() {
    const { value, done } = await this.chunks.next();
    if (done) return false;
    this.rest = this.rest.length ? Buffer.concat([this.rest, value]) : value;
    return true;
  }
  async line() {
    let end;
    while ((end = this.rest.indexOf("\n")) < 0) {
      if (this.rest.length > 65536) throw new Error("line too long");
      if (!(await this.more())) throw new Error("connection closed too early");
    }
    const line = this.rest.toString("latin1", 0, end).replace(/\r$/, "");
    this.rest = this.rest.subarray(end + 1);
    return line;
  }
  async *take(n) {
    while (n > 0) {
      if (!this.rest.length && !(await this.more())) {
        if (n === Infinity) return;
        throw new Error("connection closed too early");
      }
      const piece = this.rest.subarray(0, n === Infinity ? this.rest.length : n);
      this.rest = this.rest.subarray(piece.length);
      n -= piece.length;
      if (piece.length) yield piece;
    }
  }
  async *chunked() {
    for (;;) {
      const size = (await this.line()).split(";")[0].trim();
      if (!/^[0-9a-f]{1,12}$/i.test(size)) throw new Error("bad chunk size");
      if (parseInt(size, 16) === 0) break;
      yield* this.take(parseInt(size, 16));
      if ((await this.line()) !== "") throw new Error("bad chunk end");
    }
    while ((await this.line()) !== "");
  }
}

async function readHead(reader) {
  const match = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(await reader.line());
  if (!match) throw new Error("bad status line");
  const raw = [];
  for (let line; (line = await reader.line()) !== ""; ) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error("bad header line");
    raw.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  const get = (name) => raw.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v).join(",");
  return { status: Number(match[1]), reason: match[2], raw, get };
}

async function relay(req, res, socket) {
  const parts = [];
  for await (const part of req) parts.push(part);
  const body = Buffer.concat(parts);
  const skip = new Set([...HOP, "host", "expect", "content-length", ...(req.headers.connection ?? "").toLowerCase().split(/\s*,\s*/)]);
  const lines = [`${req.method} ${req.url} HTTP/1.1`, `Host: ${base.host}`, "Connection: close"];
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    if (!skip.has(req.rawHeaders[i].toLowerCase())) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
  }
  if (body.length || req.headers["content-length"]) lines.push(`Content-Length: ${body.length}`);
  socket.write(Buffer.concat([Buffer.from(lines.join("\r\n") + "\r\n\r\n", "latin1"), body]));

  const reader = new Reader(socket);
  const head = await readHead(reader);
  const drop = new Set([...HOP, ...head.get("connection").toLowerCase().split(/\s*,\s*/)]);
  const coded = /chunked/i.test(head.get("transfer-encoding"));
  const length = head.get("content-length");
  if (length && !/^\d+$/.test(length)) throw new Error("bad Content-Length");
  const pass = head.raw.filter(([n]) => !drop.has(n.toLowerCase()) && !(coded && n.toLowerCase() === "content-length"));
  res.writeHead(head.status, head.reason, [...pass.flat(), "Connection", "close"]);
  res.flushHeaders();
  const empty = req.method === "HEAD" || head.status < 200 || head.status === 204 || head.status === 304;
  const source = empty ? [] : coded ? reader.chunked() : reader.take(length ? Number(length) : Infinity);
  await pipeline(source, res);
}

const server = http.createServer((req, res) => {
  res.sendDate = false;
  const socket = net.connect({ host: base.hostname, port: Number(base.port || 80), noDelay: true });
  socket.on("error", () => {});
  res.on("close", () => socket.destroy());
  relay(req, res, socket).catch((error) => {
    if (res.headersSent || res.destroyed) return res.destroy();
    res.writeHead(502, { "content-type": "application/json" }).end(JSON.stringify({ error: { message: error.message } }));
  });
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
