// A proxy of Node's own streams: stream.pipeline, which destroys the client's side when the other fails.
const http = require('http');
const { pipeline } = require('stream');
const [host, port] = process.argv[3].split(':');
http.createServer((request, response) => {
  const asked = http.request(
    { host, port, path: request.url, method: request.method, headers: { ...request.headers, host: `${host}:${port}` } },
    (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      pipeline(answer, response, () => {});
    });
  asked.on('error', () => response.destroy());
  request.pipe(asked);
}).listen(Number(process.argv[2]), '127.0.0.1');
