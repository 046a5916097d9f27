import { patchDatagrams } from './dgram.ts';
import { patchHttp } from './http.ts';
import { patchNet } from './net.ts';
import { install } from './patches.ts';

// The declarations of these files give Node's own types what is patched in: these names have them loaded by who imports this.
export type { DatagramMethods } from './dgram.ts';
export type { BodyMethods } from './http.ts';
export type { ServerMethods } from './net.ts';
export type { ReadMethods, SendMethods } from './stream-methods.ts';

/**
 * Gives the sockets and servers of `node:net`, `node:tls`, `node:dgram`, `node:http` and `node:https` operations:
 * `const socket = yield* net.connect(port, host)`, `recv`, `sendall`, `accept` and so on. A generator function as a listener of a
 * server is spawned as a greenlet for each connection, request or message.
 *
 * @example
 * patchSocket();
 * net.createServer(function* (socket) {
 *   for (let line = yield* socket.readLine(); line !== null; line = yield* socket.readLine()) {
 *     yield* socket.sendall(`${line.toUpperCase()}\n`);
 *   }
 * }).listen(8000);
 */
export function patchSocket(): void {
  install(patchSocket, (replace) => {
    patchNet(replace);
    patchHttp(replace);
    patchDatagrams(replace);
  });
}
