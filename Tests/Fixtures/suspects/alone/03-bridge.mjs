// bridge: a Transform stream between the model server and the browser
import http from "node:http";
import { StringDecoder } from "node:string_decoder";
import { Transform, pipeline } from "node:stream";

const target = new URL(process.env.OPENAI_BASE_URL);

class EventBlocks extends Transform {
  #decoder = new StringDecoder("utf8");
  #rest = "";

  #take(text) {
    // one kind of line end from here on
    const normal = text.replace(/\r\n?/g, "\n");
    const from = Math.max(0, this.#rest.length - 1);
    this.#rest += normal;
    let cut = this.#rest.indexOf("\n\n", from);
    let start = 0;
    while (cut !== -1) {
      const block = this.#rest.slice(start, cut).replace(/^\n+/, "");
      if (block) this.push(block + "\n\n");
      start = cut + 2;
      cut = this.#rest.indexOf("\n\n", start);
    }
    this.#rest = this.#rest.slice(start);
  }

  _transform(chunk, _encoding, done) {
    this.#take(this.#decoder.write(chunk));
    done();
  }

  _flush(done) {
    this.#take(this.#decoder.end());
    if (this.#rest) this.push(this.#rest);
    done();
  }
}

const HOP = /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;
function filtered(message, skip) {
  const listed = String(message.headers.connection ?? "").toLowerCase().split(",").map((x) => x.trim());
  const kept = [];
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i].toLowerCase();
    if (HOP.test(name) || listed.includes(name) || skip(name)) continue;
    kept.push(message.rawHeaders[i], message.rawHeaders[i + 1]);
  }
  return kept;
}

http.createServer((client, reply) => {
  const headers = { host: target.host, "accept-encoding": "identity" };
  const list = filtered(client, (n) => n === "host" || n === "accept-encoding" || n === "expect");
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i].toLowerCase();
    headers[name] = name in headers ? [].concat(headers[name], list[i + 1]) : list[i + 1];
  }
  const onward = http.request({ hostname: target.hostname, port: target.port || 80, agent: false,
    method: client.method, path: client.url, headers }, (answer) => {
    const sse = /^text\/event-stream\b/i.test(answer.headers["content-type"] ?? "")
      && (answer.headers["content-encoding"] ?? "identity") === "identity";
    reply.writeHead(answer.statusCode, answer.statusMessage,
      filtered(answer, (n) => sse && n === "content-length"));
    reply.flushHeaders();
    const stages = sse ? [answer, new EventBlocks(), reply] : [answer, reply];
    pipeline(stages, (error) => { if (error) onward.destroy(); });
  });
  onward.setNoDelay();
  onward.on("error", () => {
    if (reply.headersSent || reply.destroyed) return;
    reply.writeHead(502, { "content-type": "application/json" });
    reply.end('{"error":{"message":"bad gateway","code":502}}');
  });
  reply.on("close", () => { if (!reply.writableFinished) onward.destroy(); });
  client.pipe(onward);
}).listen(process.env.PORT, "127.0.0.1").on("connection", (s) => s.setNoDelay());
