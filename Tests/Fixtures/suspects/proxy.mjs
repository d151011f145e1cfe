// Small streaming proxies, each with one bug as it was reported in public.
//
// node proxy.mjs BUG     listens on PORT, asks OPENAI_BASE_URL; BUG is a name in bugs, or none.
// node proxy.mjs --list  prints every name with the bug class that it is.

import http from "node:http";
import { pipeline, Transform } from "node:stream";

const upstream = new URL(process.env.OPENAI_BASE_URL ?? "http://127.0.0.1:1/v1");
const hop = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer",
  "transfer-encoding", "upgrade", "content-length"]);

function kept(fields) {
  const named = (fields.connection ?? "").toLowerCase().split(",").map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !hop.has(name) && !named.includes(name)));
}

// A right proxy: the head, every read as it comes, and an abort when the upstream fails.
function right(answer, response, read = (data) => data, finish = () => "") {
  response.writeHead(answer.statusCode, kept(answer.headers));
  response.flushHeaders();
  const transform = (data, _, done) => done(null, read(data));
  const flush = (done) => done(null, finish());
  pipeline(answer, new Transform({ transform, flush }), response, () => {});
}

function events(answer, response, change) {
  let held = "";
  const decoder = new TextDecoder();
  right(answer, response, (data) => {
    held += decoder.decode(data, { stream: true });
    const parts = held.split(/(?<=\n\n|\r\n\r\n|\r\r(?!\n))/);
    held = /(\n\n|\r\n\r\n|\r\r)$/.test(held) ? "" : parts.pop();
    return parts.map(change).join("");
  }, () => held);
}

const bugs = {
  none: [null, (answer, response) => right(answer, response)],
  "to-string": ["utf8-split", (answer, response) =>
    right(answer, response, (data) => data.toString())],
  "line-fix": ["event-split-across-chunks", (answer, response) =>
    right(answer, response, (data) => data.toString("latin1").split("\n")
      .filter((line) => line.startsWith("data: ") && /[}\]]$/.test(line))
      .map((line) => `${line}\n\n`).join(""))],
  "double-line-end": ["crlf-split", (answer, response) => {
    let last = 0;
    right(answer, response, (data) => {
      const isSplit = last === 13 && data[0] === 10;
      last = data[data.length - 1];
      return isSplit ? Buffer.concat([Buffer.from("\n"), data]) : data;
    });
  }],
  "blank-in-one-read": ["delimiter-split", (answer, response) => {
    let held = Buffer.alloc(0);
    right(answer, response, (data) => {
      const end = data.lastIndexOf("\n\n");
      const all = Buffer.concat([held, data]);
      if (end < 0) { held = all; return ""; }
      const size = all.length - data.length + end + 2;
      held = all.subarray(size);
      return all.subarray(0, size);
    }, () => held);
  }],
  "ends-on-close": ["mid-stream-failure-silent", (answer, response) => {
    response.writeHead(answer.statusCode, kept(answer.headers));
    response.flushHeaders();
    answer.on("data", (data) => response.write(data));
    answer.on("error", () => {});
    answer.on("close", () => response.end());
  }],
  "throws-on-error": ["reset-crashes-process", (answer, response) => {
    response.writeHead(answer.statusCode, kept(answer.headers));
    response.flushHeaders();
    answer.on("data", (data) => response.write(data));
    answer.on("end", () => response.end());
    answer.on("error", (error) => { throw error; });
  }],
  "error-event-mid-frame": ["error-injected-into-open-frame", (answer, response) => {
    response.writeHead(answer.statusCode, kept(answer.headers));
    response.flushHeaders();
    answer.on("data", (data) => response.write(data));
    answer.on("end", () => response.end());
    answer.on("error", () => response.end('data: {"error":{"message":"upstream failed"}}\n\n'));
  }],
  "collects-text": ["whole-body-buffering", (answer, response) => {
    const all = [];
    right(answer, response, (data) => { all.push(data); return ""; },
      () => Buffer.concat(all));
  }],
  "stops-at-done": ["data-after-done", (answer, response) => {
    let isDone = false;
    events(answer, response, (event) => {
      if (isDone) return "";
      isDone = /^data: ?\[DONE\]/m.test(event);
      return event;
    });
  }],
  "sorted-keys": ["json-key-reorder", (answer, response) =>
    events(answer, response, (event) => event.replace(/^data: ?(\{.*\})$/m, (_, text) => {
      const value = JSON.parse(text);
      const sorted = Object.fromEntries(Object.entries(value).sort());
      return `data: ${JSON.stringify(sorted)}`;
    }))],
  "twice": ["event-forwarded-twice", (answer, response) =>
    events(answer, response, (event) => event + event)],
  "comments-as-data": ["comment-reemitted-as-data", (answer, response) =>
    events(answer, response, (event) => event.replace(/^:/gm, "data: :"))],
  "swallows-errors": ["inband-error-swallowed", (answer, response) =>
    events(answer, response, (event) =>
      (/^event: ?error/m.test(event) || /^data: ?\{"error"/m.test(event) ? "" : event))],
};

const argument = process.argv[2] ?? "none";
if (argument === "--list") {
  for (const [name, [bugClass]] of Object.entries(bugs)) if (bugClass) console.log(name, bugClass);
} else {
  const [, play] = bugs[argument];
  http.createServer((request, response) => {
    const fields = { ...request.headers, host: upstream.host, connection: "close" };
    const forward = http.request(
      { host: upstream.hostname, port: upstream.port, path: request.url, method: request.method,
        headers: fields },
      (answer) => {
        const type = answer.headers["content-type"] ?? "";
        if (type.startsWith("text/event-stream")) play(answer, response);
        else right(answer, response);
      });
    forward.on("error", () => {
      if (response.headersSent) return;
      response.writeHead(502, { "content-type": "application/json" });
      response.end('{"error":{"message":"the upstream cannot be reached"}}');
    });
    request.pipe(forward);
  }).listen(process.env.PORT, "127.0.0.1");
}
