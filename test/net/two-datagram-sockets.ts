import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { external } from '../../lib/hub/loop/external-waits.ts';
import { bindDatagram, type DatagramSocket } from '../../lib/net/index.ts';
import { LOOPBACK } from './pairs.ts';

/** Runs a body with two sockets on loopback, and checks that no waiter is left at its end. */
export async function withTwo(
  body: (one: DatagramSocket, two: DatagramSocket) => Promise<void>,
  settings: { bufferSize?: number } = {},
): Promise<void> {
  const waits = external.waits;
  const one = await bindDatagram({ ...LOOPBACK, ...settings });
  const two = await bindDatagram(LOOPBACK);
  try {
    await body(one, two);
  } finally {
    await Promise.all([closed(one), closed(two)]);
  }
  assert.is(external.waits, waits);
}

export async function closed(socket: DatagramSocket): Promise<void> {
  const gone = socket.closed ? undefined : once(socket.socket, 'close');
  socket.close();
  await gone;
}
