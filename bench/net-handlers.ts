/** The greenlets of the servers of `npm run bench net`, for greenhub/net and for Node's patched modules. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Coroutine } from 'greenhub';
import { PrematureEndError, type Socket } from 'greenhub/net';
import { ANSWER, END_OF_HEAD, TEXT } from './net-servers.ts';

/** A socket of either kind, with the methods that both have. */
type AnySocket = Pick<Socket, 'readUntil' | 'recv' | 'sendall'>;

export function* answer(socket: AnySocket): Coroutine<void> {
  try {
    for (;;) {
      yield* socket.readUntil(END_OF_HEAD);
      yield* socket.sendall(ANSWER);
    }
  } catch (error) {
    if (!(error instanceof PrematureEndError)) throw error;
  }
}

export function* echo(socket: AnySocket): Coroutine<void> {
  for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) yield* socket.sendall(data);
}

export function* hello(
  _request: unknown,
  response: Pick<ServerResponse<IncomingMessage>, 'setHeader' | 'end'>,
): Coroutine<void> {
  response.setHeader('content-type', 'text/plain');
  response.end(TEXT);
}
