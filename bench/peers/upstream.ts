/** The service behind both proxies: a small JSON document for every request. */
import { createServer } from 'node:http';

const document = JSON.stringify({ items: [], nextCursor: null });
createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json' }).end(document);
}).listen(Number(process.env.PORT), '127.0.0.1');
