// A proxy that is wrong on purpose: it takes the first event for the whole answer, ends in order and
// hangs up on the upstream.
'use strict';
const http = require('node:http');

const upstream = new URL(process.env.OPENAI_BASE_URL);

const server = http.createServer((request, response) => {
  const headers = { ...request.headers, host: upstream.host };
  const options = { host: upstream.hostname, port: upstream.port, path: request.url };
  const call = http.request({ ...options, method: request.method, headers }, (answer) => {
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = answer.headers;
    response.writeHead(answer.statusCode, kept);
    response.flushHeaders();
    let seen = '';
    answer.on('data', (chunk) => {
      if (response.writableEnded) return;
      seen += chunk.toString('latin1');
      const end = seen.indexOf('\n\n');
      response.write(end < 0 ? chunk : chunk.subarray(0, chunk.length - seen.length + end + 2));
      if (end >= 0) response.end(() => answer.destroy());
    });
    answer.on('close', () => response.end());
    answer.on('error', () => {});
  });
  call.on('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
  request.pipe(call);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
