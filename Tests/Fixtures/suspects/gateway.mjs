// Small streaming gateways that read with `for await`, each with one bug as it was reported in public.
//
// node gateway.mjs BUG     listens on PORT, asks OPENAI_BASE_URL; BUG is a name in bugs, or none.
// node gateway.mjs --list  prints every name with the bug class that it is.

import http from "node:http";

const upstream = new URL(process.env.OPENAI_BASE_URL ?? "http://127.0.0.1:1/v1");
const hop = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer",
  "transfer-encoding", "upgrade", "content-length"]);

function begin(answer, response) {
  const named = (answer.headers.connection ?? "").toLowerCase().split(",").map((n) => n.trim());
  response.writeHead(answer.statusCode, Object.fromEntries(
    Object.entries(answer.headers).filter(([n]) => !hop.has(n) && !named.includes(n))));
  response.flushHeaders();
}

// Every read as it comes, and an abort when the upstream fails.
async function pass(answer, response) {
  begin(answer, response);
  try {
    for await (const data of answer) response.write(data);
    response.end();
  } catch {
    response.destroy();
  }
}

// Whole events, changed one by one.
async function* eventsOf(answer) {
  let held = "";
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const data of answer) {
    held += decoder.decode(data, { stream: true });
    for (let end; (end = /\r\n\r\n|\n\n|\r\r/.exec(held)) !== null;) {
      const size = end.index + end[0].length;
      yield held.slice(0, size);
      held = held.slice(size);
    }
  }
  if (held) yield held;
}

// What several requests have in common: one module, one buffer.
let carry = Buffer.alloc(0);

const bugs = {
  none: [null, pass],
  "module-buffer": ["cross-stream-mixup", async (answer, response) => {
    begin(answer, response);
    try {
      for await (const data of answer) {
        carry = Buffer.concat([carry, data]);
        const end = Math.max(carry.lastIndexOf("\n\n") + 2, carry.lastIndexOf("\r\n\r\n") + 4);
        if (end < 4) continue;
        response.write(carry.subarray(0, end));
        carry = carry.subarray(end);
      }
      response.end(carry);
    } catch {
      response.destroy();
    }
    carry = Buffer.alloc(0);
  }],
  "sends-502-late": ["headers-already-sent-crash", async (answer, response) => {
    begin(answer, response);
    try {
      for await (const data of answer) response.write(data);
      response.end();
    } catch (error) {
      response.writeHead(502, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: error.message } }));
    }
  }],
  "peeks-for-errors": ["first-event-lost-race", async (answer, response) => {
    const reads = answer[Symbol.asyncIterator]();
    try {
      // A stream that begins with an error is answered with a status.
      const first = await reads.next();
      if (!first.done && first.value.includes('"error"')) {
        response.writeHead(502, { "content-type": "application/json" });
        response.end(first.value);
        return;
      }
      begin(answer, response);
      for await (const data of reads) response.write(data);
      response.end();
    } catch {
      if (!response.headersSent) begin(answer, response);
      response.destroy();
    }
  }],
  "finish-first": ["final-delta-with-finish-dropped", async (answer, response) => {
    begin(answer, response);
    try {
      for await (const event of eventsOf(answer)) {
        const json = /^data: ?(\{.*"choices".*\})\n\n$/.exec(event);
        const chunk = json && JSON.parse(json[1]);
        const choice = chunk?.choices[0];
        if (choice?.finish_reason && choice.delta?.content) {
          response.write(`data: ${JSON.stringify({
            ...chunk, choices: [{ ...choice, delta: {} }] })}\n\n`);
        } else {
          response.write(event);
        }
      }
      response.end();
    } catch {
      response.destroy();
    }
  }],
  "by-the-kilobyte": ["coarse-flush", async (answer, response) => {
    begin(answer, response);
    let waiting = [];
    let size = 0;
    try {
      for await (const data of answer) {
        waiting.push(data);
        size += data.length;
        if (size < 1024) continue;
        response.write(Buffer.concat(waiting));
        waiting = [];
        size = 0;
      }
      response.end(Buffer.concat(waiting));
    } catch {
      response.destroy();
    }
  }],
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
        (type.startsWith("text/event-stream") ? play : pass)(answer, response);
      });
    forward.on("error", () => {
      if (response.headersSent) return;
      response.writeHead(502, { "content-type": "application/json" });
      response.end('{"error":{"message":"the upstream cannot be reached"}}');
    });
    request.pipe(forward);
  }).listen(process.env.PORT, "127.0.0.1");
}
