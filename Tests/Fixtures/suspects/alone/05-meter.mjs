// Metering proxy. Some hosts open a stream with a chunk that has nothing in it (prompt
// filter results); SDKs index choices[0] on it, so it is not handed on.
import http from "node:http";
import { pipeline } from "node:stream/promises";

const upstreamURL = new URL(process.env.OPENAI_BASE_URL);
const hop = new Set("connection keep-alive proxy-connection te trailer transfer-encoding upgrade".split(" "));

function forward(headers, omit = []) {
  const skip = new Set([...hop, ...omit, ...(headers.connection ?? "").toLowerCase().split(",").map((s) => s.trim())]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !skip.has(name)));
}

// Splits into events at blank lines; every yielded block is as it came.
async function* blocks(source) {
  let held = "";
  for await (const chunk of source) {
    let at = Math.max(0, held.length - 3);
    held += chunk.toString("latin1"); // bytes one to one
    const blank = /(?:\r\n|\n|\r(?!\n)){2}/g;
    blank.lastIndex = at;
    let start = 0;
    for (let m; (m = blank.exec(held)); start = blank.lastIndex) {
      yield held.slice(start, blank.lastIndex);
    }
    held = held.slice(start);
  }
  if (held) yield held;
}

function payload(block) {
  const data = block.replace(/^\xef\xbb\xbf/, "").split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""));
  if (data.length === 0) return null;
  try {
    return JSON.parse(Buffer.from(data.join("\n"), "latin1").toString("utf8"));
  } catch {
    return null;
  }
}

let served = 0;

async function* useful(source) {
  for await (const block of blocks(source)) {
    const chunk = payload(block);
    if (chunk && Array.isArray(chunk.choices) && chunk.choices.length === 0) continue;
    if (chunk?.choices) served += 1;
    yield Buffer.from(block, "latin1");
  }
}

http.createServer({ noDelay: true }, (req, res) => {
  const ask = http.request({
    hostname: upstreamURL.hostname, port: upstreamURL.port || 80, path: req.url, method: req.method,
    headers: { ...forward(req.headers, ["expect"]), host: upstreamURL.host, "accept-encoding": "identity" },
    agent: false,
  }, async (answer) => {
    const isSSE = /^text\/event-stream(?=$|[\s;])/i.test(answer.headers["content-type"] ?? "")
      && !answer.headers["content-encoding"];
    res.writeHead(answer.statusCode, answer.statusMessage, forward(answer.headers, isSSE ? ["content-length"] : []));
    res.flushHeaders();
    try {
      if (isSSE) await pipeline(answer, useful, res);
      else await pipeline(answer, res);
    } catch {
      res.destroy();
    }
  });
  ask.on("error", () => {
    if (res.headersSent) return;
    res.writeHead(502, { "content-type": "application/json" });
    res.end('{"error":{"message":"upstream unavailable","type":"server_error"}}');
  });
  res.on("close", () => { if (!res.writableFinished) ask.destroy(); });
  req.pipe(ask);
}).listen(process.env.PORT, "127.0.0.1");
