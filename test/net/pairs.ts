import { once } from 'node:events';
import { type Socket, type StreamServer, socketPair } from '../../lib/net/index.ts';
import type { Context, Test } from '../support/harness.ts';

export type PairTest = (
  name: string,
  body: (left: Socket, right: Socket, context: Context) => Promise<void> | void,
) => void;

/** Gives each test of a suite two sockets that are connected to each other, and closes them at its end. */
export function paired(test: Test): PairTest {
  return (name, body) =>
    test(name, async (context) => {
      const [left, right] = await socketPair();
      try {
        await body(left, right, context);
      } finally {
        await Promise.all([closed(left), closed(right)]);
      }
    });
}

/** Closes a socket if it is open. Settles when the socket is completely closed. */
export async function closed(socket: Socket): Promise<void> {
  const { stream } = socket;
  const gone = stream.closed ? undefined : once(stream, 'close');
  // An 'error' of a connection that breaks just now must not fail the wait for its end.
  gone?.catch(() => {});
  socket.close();
  await gone?.catch(() => once(stream, 'close'));
}

/** The port of a listening server. */
export function portOf(server: StreamServer): number {
  if (server.port === undefined) throw new Error(`${server.name} does not listen`);
  return server.port;
}

export const LOOPBACK = { port: 0, host: '127.0.0.1' };
