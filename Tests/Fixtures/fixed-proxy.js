// The proxy of line-fix-proxy.js when docs/tutorial.md is through with it: it hands on bytes as they come,
// and an upstream that dies is seen to die.
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
    answer.on('data', (chunk) => response.write(chunk));
    answer.on('end', () => response.end());
    answer.on('error', () => response.destroy());
  });
  call.on('error', () => {
    if (response.headersSent) return response.destroy();
    response.writeHead(502);
    response.end();
  });
  request.pipe(call);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
