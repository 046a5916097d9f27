/** The servers of `npm run bench net` with Node's own modules, patched. */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Coroutine } from 'greenhub';
import { patchSocket } from 'greenhub/monkey';
import { PrematureEndError } from 'greenhub/net';
import { ANSWER, END_OF_HEAD, LOOPBACK, type Servers, TEXT } from './net-servers.ts';

patchSocket();

export const servers: Servers = {
  answer: () => listening(net.createServer(answer)),
  echo: () => listening(net.createServer(echo)),
  hello: () =>
    listening(
      http.createServer(function* hello(_request, response) {
        response.setHeader('content-type', 'text/plain');
        response.end(TEXT);
      }),
    ),
};

function* answer(socket: Socket): Coroutine<void> {
  try {
    for (;;) {
      yield* socket.readUntil(END_OF_HEAD);
      yield* socket.sendall(ANSWER);
    }
  } catch (error) {
    if (!(error instanceof PrematureEndError)) throw error;
  }
}

function* echo(socket: Socket): Coroutine<void> {
  for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) yield* socket.sendall(data);
}

async function listening(server: Server): Promise<number> {
  server.listen(LOOPBACK);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
