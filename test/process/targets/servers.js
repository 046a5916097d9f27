/** Targets that get sockets. */
import { sleep } from 'greenhub';
import { HttpServer, StreamServer } from 'greenhub/net';
import { remote } from 'greenhub/process';

/**
 * @typedef {import('greenhub/net').ListeningSocket} Listener
 * @typedef {import('greenhub/net').Socket} Socket
 * @typedef {import('greenhub/process').Event} Event
 * @typedef {import('greenhub/process').Queue<unknown>} Said
 */

const here = import.meta.url;

/** Serves until `stop` is set, and answers with the id of its process. */
export const servePid = remote(
  here,
  'servePid',
  function* (/** @type {Listener} */ listener, /** @type {Said} */ said, /** @type {Event} */ stop) {
    const server = new HttpServer(listener, (_request, response) => void response.end(String(process.pid)));
    yield* server.start();
    yield* said.put(listener.address);
    yield* stop.wait();
    yield* server.stop({ drain: 60_000 });
  },
);

/** Serves one connection of each listener, which gets the name of its place. */
export const greetOnEach = remote(here, 'greetOnEach', function* (/** @type {Listener[]} */ listeners) {
  /** @type {StreamServer[]} */
  const servers = [];
  let served = 0;
  for (const [place, listener] of listeners.entries()) {
    const server = new StreamServer(listener, function* greet(socket) {
      yield* socket.sendall(`listener ${place}\n`);
      served += 1;
    });
    yield* server.start();
    servers.push(server);
  }
  while (served < listeners.length) yield* sleep(1);
  for (const server of servers) yield* server.stop();
});

/** Answers each line in upper case, until the peer ends its side. */
export const shout = remote(here, 'shout', function* (/** @type {Socket} */ socket) {
  for (let line = yield* socket.readLine(); line !== null; line = yield* socket.readLine()) {
    yield* socket.sendall(`${line.toUpperCase()}\n`);
  }
  yield* socket.sendall('BYE\n');
  socket.shutdown();
  yield* socket.recv();
});
