import { patchDatagrams } from './dgram.ts';
import { patchHttp } from './http.ts';
import { installInNode } from './install-in-node.ts';
import { patchNet } from './net.ts';

// These files extend Node's types. Exporting a name of each loads their declarations for every importer.
export type { DatagramMethods } from './dgram.ts';
export type { BodyMethods } from './http.ts';
export type { ServerMethods } from './net.ts';
export type { ReadMethods, SendMethods } from './stream-methods.ts';

/**
 * Adds operations to the sockets and servers of `node:net`, `node:tls`, `node:dgram`, `node:http` and `node:https`:
 * `const socket = yield* net.connect(port, host)`, `recv`, `sendall`, `accept` and so on. If you pass a generator
 * function as a listener of a server, it is spawned as a greenlet for each connection, request or message.
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
  installInNode(patchSocket, (replace) => {
    patchNet(replace);
    patchHttp(replace);
    patchDatagrams(replace);
  });
}
