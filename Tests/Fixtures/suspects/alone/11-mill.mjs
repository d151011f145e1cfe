// Mill: passes the bytes on and keeps the books (bytes per path).
import http from "node:http";

const target = new URL(process.env.OPENAI_BASE_URL);
const hop = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);
const books = new Map();

function strip(headers) {
  const named = (headers.connection ?? "").toLowerCase().split(",").map((name) => name.trim());
  const result = {};
  for (const name in headers) if (!hop.has(name) && !named.includes(name)) result[name] = headers[name];
  return result;
}

function book(path, size) {
  books.set(path, (books.get(path) ?? 0) + size);
}

http.createServer({ noDelay: true }, (req, res) => {
  const headers = { ...strip(req.headers), host: target.host };
  delete headers.expect;
  const upstream = http.request({ hostname: target.hostname, port: target.port || 80, method: req.method,
    path: req.url, headers, agent: false });

  upstream.on("response", (answer) => {
    res.writeHead(answer.statusCode, answer.statusMessage, strip(answer.headers));
    res.flushHeaders();
    const resume = () => answer.resume();
    res.on("drain", resume);
    res.on("close", resume);
    answer.on("data", (chunk) => {
      book(req.url.split("?")[0], chunk.length);
      if (res.destroyed) return;
      if (!res.write(chunk)) answer.pause();
    });
    answer.on("end", () => res.end());
    answer.on("error", () => res.destroy());
  });

  upstream.on("error", (error) => {
    if (res.headersSent) return;
    res.writeHead(502, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: { message: `upstream error: ${error.code}` } }));
  });
  res.on("error", () => {});
  req.on("error", () => {});
  req.pipe(upstream);
}).listen(process.env.PORT, "127.0.0.1");
