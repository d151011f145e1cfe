// Post: forwards a request and pipes the answer back.
import http from "node:http";
import { pipeline } from "node:stream/promises";

const { PORT, OPENAI_BASE_URL, REQUEST_TIMEOUT_MS = "30000" } = process.env;
const upstream = new URL(OPENAI_BASE_URL);
const hopByHop = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

function prune(headers) {
  const copy = { ...headers };
  const listed = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  for (const name of hopByHop.concat(listed)) delete copy[name];
  return copy;
}

function fail(res, status, message) {
  if (res.headersSent) return res.destroy();
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ error: { message, type: "proxy_error" } }));
}

async function handler(req, res) {
  const stop = new AbortController();
  const { signal } = stop;
  let late = false;
  const timer = setTimeout(() => { late = true; stop.abort(); }, Number(REQUEST_TIMEOUT_MS));
  res.on("close", () => {
    clearTimeout(timer);
    if (!res.writableFinished) stop.abort();
  });

  const headers = { ...prune(req.headers), host: upstream.host };
  delete headers.expect;
  const call = http.request({ hostname: upstream.hostname, port: upstream.port || 80, path: req.url,
    method: req.method, headers, agent: false, signal });
  call.setNoDelay(true);
  const answer = await new Promise((resolve, reject) => {
    call.on("response", resolve);
    call.on("error", reject);
    req.pipe(call);
  }).catch((error) => {
    if (late) fail(res, 504, "the model did not answer in time");
    else fail(res, 502, error.message);
  });
  if (!answer) return;

  res.writeHead(answer.statusCode, answer.statusMessage, prune(answer.headers));
  res.flushHeaders();
  await pipeline(answer, res).catch(() => res.destroy());
}

http.createServer({ noDelay: true }, (req, res) => {
  res.on("error", () => {});
  handler(req, res).catch((error) => fail(res, 500, error.message));
}).listen(PORT, "127.0.0.1");
