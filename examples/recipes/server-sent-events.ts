// Sends events to browsers: a bounded queue for each client. A client that reads too slowly loses its connection, not the server's memory.

import { Event, forEach, Queue, run, spawn } from 'greenhub';
import { HttpServer, type HttpServerRequest, type HttpServerResponse, request } from 'greenhub/net';

const clients = new Set<Queue<string>>();
const arrived = new Event();

function publish(event: string) {
  for (const queue of clients) {
    if (!queue.full()) queue.putNowait(event);
    else if (clients.delete(queue)) queue.shutdown({ immediate: true }); // it ends, and the browser connects again
  }
}

function* events(_: HttpServerRequest, response: HttpServerResponse) {
  const queue = new Queue<string>(100);
  clients.add(queue);
  arrived.set();
  try {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    yield* forEach(queue, (event) => response.sendall(`data: ${event}\n\n`, { timeout: 60_000 }));
  } finally {
    clients.delete(queue); // also when the client has gone: the greenlet is killed
  }
}

function* read(url: string) {
  using response = yield* request(url);
  let text = '';
  yield* forEach(response.body, (chunk) => {
    text += String(chunk);
  });
  return text.trim().split('\n\n');
}

await run(function* main() {
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, events);
  yield* server.start();
  const reader = spawn(read, `http://127.0.0.1:${server.port}/`);
  yield* arrived.wait();
  publish('the first');
  publish('the second');
  for (const queue of clients) queue.shutdown(); // ends each response when its queue is empty
  console.log(yield* reader);
  yield* server.stop();
});
