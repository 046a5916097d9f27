/** The servers of `npm run bench net` with greenhub/net. */
import type { Coroutine } from 'greenhub';
import { HttpServer, PrematureEndError, type Socket, StreamServer } from 'greenhub/net';
import { ANSWER, END_OF_HEAD, LOOPBACK, type Servers, TEXT } from './net-servers.ts';

export const servers: Servers = {
  answer: () => started(new StreamServer(LOOPBACK, answer)),
  echo: () => started(new StreamServer(LOOPBACK, echo)),
  hello: () =>
    started(
      new HttpServer(LOOPBACK, function* hello(_request, response) {
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

async function started(server: StreamServer | HttpServer): Promise<number> {
  await server.start();
  return server.port as number;
}
