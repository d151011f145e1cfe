// Gate in front of an OpenAI-compatible API. PORT, OPENAI_BASE_URL.
import http from "node:http";
import { pipeline } from "node:stream";

const base = new URL(process.env.OPENAI_BASE_URL);
const HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

function clean(headers, ...more) {
  const named = (headers.connection ?? "").split(",").map((s) => s.trim().toLowerCase());
  const out = { ...headers };
  for (const name of [...HOP, ...named, ...more]) delete out[name];
  return out;
}

const BOUNDARY = /(?:\r\n|\n|\r(?!\n)){2}/g;

// Hands the answer on one whole event at a time.
async function* wholeEvents(source) {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let pending = "";
  let seen = 0;
  for await (const chunk of source) {
    pending += decoder.decode(chunk, { stream: true });
    BOUNDARY.lastIndex = Math.max(0, seen - 3);
    const match = BOUNDARY.exec(pending);
    if (match) {
      const end = match.index + match[0].length;
      yield pending.slice(0, end);
      pending = pending.slice(end);
      seen = 0;
    } else {
      seen = pending.length;
    }
  }
  pending += decoder.decode();
  if (pending) yield pending;
}

const server = http.createServer((req, res) => {
  const headers = { ...clean(req.headers, "expect"), host: base.host, "accept-encoding": "identity" };
  const up = http.request({
    host: base.hostname, port: base.port || 80, method: req.method, path: req.url, headers, agent: false,
  });
  up.setNoDelay(true);
  up.on("response", (answer) => {
    const isEvents = /^text\/event-stream\s*(;|$)/i.test(answer.headers["content-type"] ?? "")
      && !answer.headers["content-encoding"];
    res.writeHead(answer.statusCode, answer.statusMessage,
      isEvents ? clean(answer.headers, "content-length") : clean(answer.headers));
    res.flushHeaders();
    const done = () => {};
    if (isEvents) pipeline(answer, wholeEvents, res, done);
    else pipeline(answer, res, done);
  });
  up.on("error", (error) => {
    if (res.headersSent) return res.destroy();
    res.writeHead(502, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: { message: `upstream: ${error.message}`, type: "bad_gateway" } }));
  });
  res.on("close", () => { if (!res.writableFinished) up.destroy(); });
  req.on("error", () => up.destroy());
  req.pipe(up);
});
server.on("connection", (socket) => socket.setNoDelay(true));
server.listen(Number(process.env.PORT), "127.0.0.1");
