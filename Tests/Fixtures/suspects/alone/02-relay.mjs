// LLM relay: reads server-sent events from the provider and writes them to the caller.
import { createServer, request as httpRequest } from "node:http";
import { once } from "node:events";

const provider = new URL(process.env.OPENAI_BASE_URL);
const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer",
  "transfer-encoding", "upgrade"]);

const pass = (headers, drop = []) => {
  const named = new Set((headers["connection"] ?? "").toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(Object.entries(headers)
    .filter(([k]) => !hopByHop.has(k) && !named.has(k) && !drop.includes(k)));
};

function ask(req) {
  const upstream = httpRequest({
    hostname: provider.hostname,
    port: provider.port || 80,
    path: req.url,
    method: req.method,
    agent: false,
    headers: { ...pass(req.headers, ["expect"]), host: provider.host, "accept-encoding": "identity" },
  });
  const answer = new Promise((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.on("error", reject);
  });
  req.pipe(upstream);
  return { upstream, answer };
}

async function* readLines(stream) {
  let partial = "";
  let afterCR = false;
  for await (const chunk of stream) {
    let text = "" + chunk;
    if (afterCR && text.startsWith("\n")) text = text.slice(1);
    if (text === "") { afterCR = false; continue; }
    afterCR = text.endsWith("\r");
    let from = 0;
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      yield partial + text.slice(from, end.index);
      partial = "";
      from = end.index + end[0].length;
    }
    partial += text.slice(from);
  }
  return partial;
}

async function relayEvents(answer, res) {
  const lines = readLines(answer);
  let block = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done) {
      if (value) block.push(value);
      if (block.length) res.write(block.join("\n") + (value ? "" : "\n"));
      break;
    }
    if (value !== "") { block.push(value); continue; }
    if (block.length === 0) continue;
    const ok = res.write(block.join("\n") + "\n\n");
    block = [];
    if (!ok && !res.destroyed) await Promise.race([once(res, "drain"), once(res, "close")]);
    if (res.destroyed) return;
  }
  res.end();
}

async function relayBytes(answer, res) {
  for await (const chunk of answer) {
    if (!res.write(chunk) && !res.destroyed) await Promise.race([once(res, "drain"), once(res, "close")]);
    if (res.destroyed) return;
  }
  res.end();
}

createServer({ noDelay: true }, async (req, res) => {
  const { upstream, answer: coming } = ask(req);
  res.on("error", () => {});
  res.on("close", () => res.writableFinished || upstream.destroy());
  let answer;
  try {
    answer = await coming;
  } catch (error) {
    if (res.destroyed) return;
    res.writeHead(502, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: { message: "provider unreachable: " + error.code } }));
    return;
  }
  const type = (answer.headers["content-type"] ?? "").toLowerCase();
  const events = type.split(";")[0].trim() === "text/event-stream" && !answer.headers["content-encoding"];
  res.writeHead(answer.statusCode, answer.statusMessage, pass(answer.headers, events ? ["content-length"] : []));
  res.flushHeaders();
  try {
    await (events ? relayEvents(answer, res) : relayBytes(answer, res));
  } catch {
    res.destroy();
  }
}).listen(process.env.PORT, "127.0.0.1");
