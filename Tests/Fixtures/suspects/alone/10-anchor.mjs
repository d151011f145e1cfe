// Anchor: keeps a stream going over a shaky link to the model host.
import http from "node:http";
import { once } from "node:events";

const remote = new URL(process.env.OPENAI_BASE_URL);
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);
const ATTEMPTS = 2;

function onward(headers, drop = []) {
  const named = (headers.connection ?? "").toLowerCase().split(",").map((s) => s.trim());
  return Object.fromEntries(Object.entries(headers)
    .filter(([name]) => !HOP.has(name) && !named.includes(name) && !drop.includes(name)));
}

async function readAll(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function send(req, body, signal) {
  const headers = { ...onward(req.headers, ["expect", "content-length"]), host: remote.host,
    "accept-encoding": "identity" };
  if (body.length || req.method === "POST") headers["content-length"] = body.length;
  return new Promise((resolve, reject) => {
    const call = http.request({ hostname: remote.hostname, port: remote.port || 80, method: req.method,
      path: req.url, headers, agent: false, signal }, resolve);
    call.on("error", reject);
    call.end(body);
  });
}

async function* wholeEvents(answer) {
  let held = Buffer.alloc(0);
  let pieces = [];
  for await (const chunk of answer) {
    // look for a blank line only where it can be new
    const tail = held.subarray(Math.max(0, held.length - 3));
    const window = Buffer.concat([tail, chunk]).toString("latin1");
    pieces.push(chunk);
    let end = -1;
    for (const m of window.matchAll(/(?:\r\n|\n|\r(?!\n)){2}/g)) end = m.index + m[0].length;
    if (end < 0) { held = window.length > 3 ? Buffer.from(window.slice(-3), "latin1") : Buffer.from(window, "latin1"); continue; }
    const all = Buffer.concat(pieces);
    const size = all.length - (window.length - end);
    yield all.subarray(0, size);
    held = all.subarray(size);
    pieces = held.length ? [held] : [];
  }
  if (pieces.length) yield Buffer.concat(pieces);
}

async function write(res, data) {
  if (!res.write(data) && !res.destroyed) await Promise.race([once(res, "drain"), once(res, "close")]);
}

async function handle(req, res) {
  const gone = new AbortController();
  res.on("error", () => {});
  res.on("close", () => { if (!res.writableFinished) gone.abort(); });
  const body = await readAll(req);
  for (let attempt = 1; ; attempt++) {
    const answer = await send(req, body, gone.signal);
    const isEvents = /^text\/event-stream/i.test(answer.headers["content-type"] ?? "")
      && !answer.headers["content-encoding"];
    if (res.headersSent && answer.statusCode !== 200) {
      answer.destroy();
      throw new Error("the second answer is not a stream");
    }
    if (!res.headersSent) {
      res.writeHead(answer.statusCode, answer.statusMessage,
        onward(answer.headers, isEvents ? ["content-length"] : []));
      res.flushHeaders();
    }
    try {
      for await (const part of isEvents ? wholeEvents(answer) : answer) await write(res, part);
      res.end();
      return;
    } catch (error) {
      if (!isEvents || gone.signal.aborted || attempt === ATTEMPTS) throw error;
      console.error(`stream broke (${error.message}), trying again`);
    }
  }
}

http.createServer({ noDelay: true }, (req, res) => {
  handle(req, res).catch((error) => {
    if (res.headersSent || res.destroyed) return res.destroy();
    res.writeHead(502, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: { message: error.message } }));
  });
}).listen(process.env.PORT, "127.0.0.1");
