// Makes chunks of many hosts look alike: strict SDKs want an index in every tool call.
import http from "node:http";
import { Transform, pipeline } from "node:stream";

const origin = new URL(process.env.OPENAI_BASE_URL);

function normalise(json) {
  let chunk;
  try { chunk = JSON.parse(json); } catch { return json; }
  let changed = false;
  for (const choice of chunk?.choices ?? []) {
    for (const call of choice?.delta?.tool_calls ?? []) {
      if (Number.isInteger(call.index)) continue;
      call.index = call.index ?? 0;
      changed = true;
    }
  }
  return changed ? JSON.stringify(chunk) : json;
}

function normaliser() {
  const decoder = new TextDecoder("utf-8");
  let partial = "";
  let wasCR = false;
  let block = [];
  const finish = (stream) => {
    const data = block.filter((line) => /^data(:|$)/.test(line));
    if (data.length) {
      const old = data.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
      const text = normalise(old);
      if (text !== old) block = [...block.filter((line) => !data.includes(line)), `data: ${text}`];
    }
    stream.push(block.join("\n") + "\n\n");
    block = [];
  };
  return new Transform({
    transform(bytes, _, next) {
      let text = decoder.decode(bytes, { stream: true });
      if (wasCR && text.startsWith("\n")) { text = text.slice(1); wasCR = false; }
      if (text) {
        wasCR = text.endsWith("\r");
        const lines = text.split(/\r\n|\r|\n/);
        const last = lines.pop();
        for (const line of lines) {
          const whole = partial + line;
          partial = "";
          if (whole) block.push(whole);
          else if (block.length) finish(this);
        }
        partial += last;
      }
      next();
    },
    flush(next) {
      partial += decoder.decode();
      const rest = block.map((line) => line + "\n").join("") + partial;
      next(null, rest);
    },
  });
}

const dropped = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];
const without = (headers, names) => {
  const result = { ...headers };
  const listed = (headers.connection ?? "").split(",").map((s) => s.trim().toLowerCase()).filter(Boolean);
  [...dropped, ...listed, ...names].forEach((name) => delete result[name]);
  return result;
};

const server = http.createServer((incoming, outgoing) => {
  const headers = without(incoming.headers, ["expect", "accept-encoding", "host"]);
  headers.host = origin.host;
  headers["accept-encoding"] = "identity";
  const outbound = http.request({ host: origin.hostname, port: origin.port || 80, agent: false,
    method: incoming.method, path: incoming.url, headers });
  outbound.on("response", (answer) => {
    const kind = (answer.headers["content-type"] ?? "").split(";", 1)[0].trim().toLowerCase();
    const rewrite = kind === "text/event-stream" && !answer.headers["content-encoding"];
    outgoing.writeHead(answer.statusCode, answer.statusMessage,
      without(answer.headers, rewrite ? ["content-length"] : []));
    outgoing.flushHeaders();
    if (rewrite) pipeline(answer, normaliser(), outgoing, () => {});
    else pipeline(answer, outgoing, () => {});
  });
  outbound.on("error", (error) => {
    if (outgoing.headersSent) return;
    outgoing.statusCode = 502;
    outgoing.setHeader("content-type", "application/json");
    outgoing.end(JSON.stringify({ error: { message: error.message } }));
  });
  outgoing.on("close", () => { if (!outgoing.writableFinished) outbound.destroy(); });
  pipeline(incoming, outbound, () => {});
});
server.on("connection", (socket) => socket.setNoDelay(true));
server.listen(+process.env.PORT, "127.0.0.1");
