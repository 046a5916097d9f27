/** Answers every request with a small page. Reports its address when it listens. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const page = `<!doctype html><title>page</title>${'<p>some text</p>'.repeat(60)}`;

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
process.on('disconnect', () => process.exit());
