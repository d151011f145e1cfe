// Ferry: a small edge proxy. Saves bandwidth for callers that can take it.
import http from "node:http";
import zlib from "node:zlib";
import { pipeline } from "node:stream";

const upstream = new URL(process.env.OPENAI_BASE_URL);
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);

function strip(headers) {
  const named = (headers.connection ?? "").toLowerCase().split(",").map((x) => x.trim());
  return Object.fromEntries(Object.entries(headers).filter(([k]) => !HOP.has(k) && !named.includes(k)));
}

// gzip;q=0 means "not gzip"
function takesGzip(accept = "") {
  return accept.toLowerCase().split(",").some((item) => {
    const [coding, ...params] = item.split(";").map((s) => s.trim());
    const q = params.find((p) => p.startsWith("q="));
    return coding === "gzip" && (q === undefined || Number(q.slice(2)) > 0);
  });
}

const compressible = /^(text\/|application\/(json|javascript|xml))/i;

http.createServer((req, res) => {
  const headers = { ...strip(req.headers), host: upstream.host, "accept-encoding": "identity" };
  delete headers.expect;
  const out = http.request({ hostname: upstream.hostname, port: upstream.port || 80, agent: false,
    method: req.method, path: req.url, headers });
  out.setNoDelay(true);

  out.on("response", (answer) => {
    const fields = strip(answer.headers);
    const bodyless = req.method === "HEAD" || answer.statusCode === 204 || answer.statusCode === 304;
    const pack = !bodyless && !fields["content-encoding"] && takesGzip(req.headers["accept-encoding"])
      && compressible.test(fields["content-type"] ?? "");
    if (!pack) {
      res.writeHead(answer.statusCode, answer.statusMessage, fields);
      res.flushHeaders();
      pipeline(answer, res, () => {});
      return;
    }
    delete fields["content-length"];
    delete fields.etag;
    fields["content-encoding"] = "gzip";
    fields.vary = fields.vary ? `${fields.vary}, Accept-Encoding` : "Accept-Encoding";
    res.writeHead(answer.statusCode, answer.statusMessage, fields);
    res.flushHeaders();
    pipeline(answer, zlib.createGzip({ level: 6 }), res, () => {});
  });

  out.on("error", () => {
    if (res.headersSent) return;
    res.writeHead(502, { "content-type": "application/json" });
    res.end('{"error":{"message":"Bad gateway"}}');
  });
  res.on("close", () => { if (!res.writableFinished) out.destroy(); });
  req.pipe(out);
}).on("connection", (s) => s.setNoDelay(true)).listen(process.env.PORT, "127.0.0.1");
