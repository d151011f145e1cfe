// Hub: an EventEmitter-based SSE reader, and a writer for the other side.
import http from "node:http";
import { EventEmitter } from "node:events";

const API = new URL(process.env.OPENAI_BASE_URL);
const NOT_FORWARDED = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
  "upgrade"]);

class SseReader extends EventEmitter {
  constructor() {
    super();
    this.decoder = new TextDecoder();
    this.line = "";
    this.skipLF = false;
    this.current = {};
  }

  feed(bytes) {
    let text = this.decoder.decode(bytes, { stream: true });
    if (text === "") return;
    if (this.skipLF && text[0] === "\n") text = text.slice(1);
    this.skipLF = text.endsWith("\r");
    const pieces = text.split(/\r\n|\r|\n/);
    for (let i = 0; i < pieces.length - 1; i++) {
      this.onLine(this.line + pieces[i]);
      this.line = "";
    }
    this.line += pieces[pieces.length - 1];
  }

  onLine(line) {
    if (line === "") {
      if (Object.keys(this.current).length) this.emit("event", this.current);
      this.current = {};
      return;
    }
    if (line.startsWith(":")) return this.emit("comment", line);
    this.field(line);
  }

  field(line) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    switch (name) {
      case "id":
      case "event":
      case "retry":
      case "data":
        this.current[name] = value;
        break;
      default: // other fields are ignored, as the standard says
    }
  }

  // What has come of an event that was not finished.
  rest() {
    this.line += this.decoder.decode();
    if (this.line && !this.line.startsWith(":")) this.field(this.line);
    return this.current;
  }
}

const format = (event) =>
  ["id", "event", "retry", "data"].filter((name) => name in event).map((name) => `${name}: ${event[name]}\n`).join("");

function headersFor(source, extra = {}, without = []) {
  const named = (source.connection ?? "").split(",").map((n) => n.trim().toLowerCase());
  const result = {};
  for (const [name, value] of Object.entries(source)) {
    if (!NOT_FORWARDED.has(name) && !named.includes(name) && !without.includes(name)) result[name] = value;
  }
  return Object.assign(result, extra);
}

function copy(answer, out, convert, finish) {
  answer.on("data", (chunk) => {
    convert(chunk);
    if (out.writableNeedDrain) {
      answer.pause();
      out.once("drain", () => answer.resume());
    }
  });
  answer.on("end", () => { finish(); out.end(); });
  answer.on("error", () => out.destroy());
  answer.on("aborted", () => out.destroy());
}

const server = http.createServer((req, out) => {
  out.on("error", () => {});
  const call = http.request(
    { host: API.hostname, port: API.port || 80, path: req.url, method: req.method, agent: false,
      headers: headersFor(req.headers, { host: API.host, "accept-encoding": "identity" }, ["expect"]) });
  call.on("response", (answer) => {
    const { "content-type": type = "", "content-encoding": coding } = answer.headers;
    const isStream = type.toLowerCase().startsWith("text/event-stream") && !coding;
    out.writeHead(answer.statusCode, headersFor(answer.headers, {}, isStream ? ["content-length"] : []));
    out.flushHeaders();
    if (!isStream) {
      copy(answer, out, (chunk) => out.write(chunk), () => {});
      return;
    }
    const reader = new SseReader();
    reader.on("event", (event) => out.write(format(event) + "\n"));
    reader.on("comment", (line) => { if (Object.keys(reader.current).length === 0) out.write(line + "\n\n"); });
    copy(answer, out, (chunk) => reader.feed(chunk), () => {
      const rest = format(reader.rest());
      if (rest) out.write(rest);
    });
  });
  call.on("error", (error) => {
    if (out.headersSent) out.destroy();
    else {
      out.writeHead(502, { "content-type": "application/json" });
      out.end(JSON.stringify({ error: { message: `no answer from the API (${error.code ?? error.message})` } }));
    }
  });
  out.on("close", () => { if (!out.writableFinished) call.destroy(); });
  req.pipe(call);
});
server.on("connection", (socket) => socket.setNoDelay(true));
server.listen(Number(process.env.PORT), "127.0.0.1");
