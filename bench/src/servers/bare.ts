/** The floor under every HTTP figure: `node:http` that answers one constant text. */
import { createServer } from 'node:http';

const body = '{"status":"ok"}';
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': String(body.length) };

createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
}).listen(Number(process.env.PUBLIC_PORT), '127.0.0.1');
