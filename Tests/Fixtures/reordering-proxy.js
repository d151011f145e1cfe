// A gateway that reads each event and writes it anew, with the keys of its JSON in another order: the
// bytes differ, the events differ, and what they say is the same. It waits for whole events, and a cut
// upstream cuts its client.
'use strict';
const http = require('node:http');

const upstream = new URL(process.env.OPENAI_BASE_URL);

const reversed = (value) => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([k, v]) => [k, reversed(v)]));
};

const anew = (line) => {
  const text = line.startsWith('data:') ? line.slice(5).trim() : '';
  return text.startsWith('{') ? `data: ${JSON.stringify(reversed(JSON.parse(text)))}` : line;
};

const server = http.createServer((request, response) => {
  const headers = { ...request.headers, host: upstream.host };
  const options = { host: upstream.hostname, port: upstream.port, path: request.url };
  const call = http.request({ ...options, method: request.method, headers }, (answer) => {
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = answer.headers;
    response.writeHead(answer.statusCode, kept);
    response.flushHeaders();
    let pending = Buffer.alloc(0);
    answer.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (let end; (end = pending.indexOf('\n\n')) >= 0; pending = pending.subarray(end + 2)) {
        const lines = pending.subarray(0, end).toString('utf8').split('\n');
        response.write(lines.map(anew).join('\n') + '\n\n');
      }
    });
    answer.on('end', () => response.end(pending));
    answer.on('error', () => response.destroy());
  });
  call.on('error', () => {
    if (response.headersSent) return response.destroy();
    response.writeHead(502).end();
  });
  // Nobody listens any more: the upstream may stop.
  response.on('close', () => call.destroy());
  request.pipe(call);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
