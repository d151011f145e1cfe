// A streaming proxy with the well-known "fix" for cut lines, wrong on purpose: it decodes each chunk
// as UTF-8 on its own, splits on LF, and gives a line its LF back only when the line starts with
// data: or event: or is empty. So id:, retry: and comment lines fuse with what follows, characters
// that are cut are lost, and an upstream that dies looks like one that has finished.
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
    let pending = '';
    answer.on('data', (chunk) => {
      const lines = (pending + chunk.toString('utf8')).split('\n');
      pending = lines.pop();
      for (const line of lines) {
        const keeps = line === '' || line.startsWith('data:') || line.startsWith('event:');
        response.write(keeps ? line + '\n' : line);
      }
    });
    // Cut or complete, the client is told that all is well.
    answer.on('close', () => response.end(pending));
    answer.on('error', () => {});
  });
  call.on('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
  request.pipe(call);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
