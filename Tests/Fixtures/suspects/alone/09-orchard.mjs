// Orchard: line by line from the model host to the client; ends with the sentinel.
import http from "node:http";

const host = new URL(process.env.OPENAI_BASE_URL);
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);
const DRAIN_MS = 5000;

const keep = (headers, ...omit) => {
  const named = (headers.connection ?? "").toLowerCase().split(/[,\s]+/);
  return Object.fromEntries(Object.entries(headers).filter(([name]) =>
    !HOP.has(name) && !named.includes(name) && !omit.includes(name)));
};

// Lines with their ends, as bytes; a line is given as soon as its end has come.
function lineCutter(onLine) {
  let parts = [];
  return {
    push(chunk) {
      let start = 0;
      for (let i = 0; i < chunk.length; i++) {
        if (chunk[i] !== 10 && chunk[i] !== 13) continue;
        if (chunk[i] === 13 && chunk[i + 1] === 10) i++;
        parts.push(chunk.subarray(start, i + 1));
        start = i + 1;
        onLine(parts.length === 1 ? parts[0] : Buffer.concat(parts));
        parts = [];
      }
      if (start < chunk.length) parts.push(chunk.subarray(start));
    },
    rest: () => Buffer.concat(parts),
  };
}

function events(answer, res, request) {
  let finished = false;
  const cutter = lineCutter((line) => {
    if (finished) return;
    res.write(line);
    if (line.includes("[DONE]")) {
      finished = true;
      const text = line.toString("latin1");
      res.end(text.endsWith("\r\n") ? "\r\n" : text.endsWith("\r") ? "\n\n" : "\n");
      // let the connection come to its end in peace
      const timer = setTimeout(() => request.destroy(), DRAIN_MS);
      answer.once("close", () => clearTimeout(timer));
    }
  });
  answer.on("data", (chunk) => {
    res.cork();
    cutter.push(chunk);
    res.uncork();
    if (!finished && res.writableNeedDrain) {
      answer.pause();
      res.once("drain", () => answer.resume());
    }
  });
  answer.on("end", () => { if (!finished) res.end(cutter.rest()); });
  answer.on("error", () => { if (!finished) res.destroy(); });
}

function bytes(answer, res) {
  answer.on("error", () => res.destroy());
  answer.pipe(res);
}

http.createServer({ noDelay: true }, (req, res) => {
  res.on("error", () => {});
  const request = http.request({ hostname: host.hostname, port: host.port || 80, method: req.method,
    path: req.url, agent: false,
    headers: { ...keep(req.headers, "expect"), host: host.host, "accept-encoding": "identity" } }, (answer) => {
    const sse = /^text\/event-stream/i.test(answer.headers["content-type"] ?? "") && !answer.headers["content-encoding"];
    res.writeHead(answer.statusCode, answer.statusMessage, keep(answer.headers, sse ? "content-length" : ""));
    res.flushHeaders();
    if (sse) events(answer, res, request);
    else bytes(answer, res);
  });
  request.on("error", (error) => {
    if (res.headersSent) return;
    res.writeHead(502, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: { message: error.message } }));
  });
  res.on("close", () => { if (!res.writableFinished) request.destroy(); });
  req.pipe(request);
}).listen(process.env.PORT, "127.0.0.1");
