import * as assert from 'uvu/assert';
import { external } from '../../lib/hub/loop/external-waits.ts';
import { spawn } from '../../lib/index.ts';
import { bindDatagram, connectDatagram } from '../../lib/net/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { LOOPBACK } from './pairs.ts';
import { closed, withTwo } from './two-datagram-sockets.ts';

const test = suite('net/open-datagram');

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function freePort(): Promise<number> {
  const socket = await bindDatagram(LOOPBACK);
  const { port = 0 } = socket;
  await closed(socket);
  return port;
}

test('a port that is taken is thrown, and no socket is left', () =>
  withTwo(async (one) => {
    const error = await failureOf(bindDatagram(one.port ?? 0, '127.0.0.1'));
    assert.is(codeOf(error), 'EADDRINUSE');
    assert.is(codeOf(await failureOf(connectDatagram(1, 'no-such-host.invalid'))), 'ENOTFOUND');
    assert.is(codeOf(await failureOf(connectDatagram(70_000))), 'ERR_SOCKET_BAD_PORT');
  }));

test('bindDatagram() that is cancelled leaves no socket', async () => {
  const waits = external.waits;
  const port = await freePort();
  const binding = spawn(() => bindDatagram(port, '127.0.0.1'));
  await Promise.resolve();
  await binding.kill();
  assert.is(external.waits, waits);
  const socket = await bindDatagram(port, '127.0.0.1');
  await closed(socket);
});

test('an IPv6 address makes it an IPv6 socket', async () => {
  const server = await bindDatagram(0, '::1');
  const client = await connectDatagram(server.port ?? 0, '::1');
  await client.send('six');
  const { data, remote } = await server.recvfrom();
  assert.is(`${data} ${remote.family}`, 'six IPv6');
  await closed(client);
  await closed(server);
});

test('a bufferSize or a port that makes no sense is refused', () => {
  for (const wrong of [{ bufferSize: -1 }, { bufferSize: Number.NaN }, { port: -1 }, { port: 65_536 }, { port: 0.5 }]) {
    assert.instance(
      thrownBy(() => bindDatagram(wrong)),
      RangeError,
    );
  }
});

test.run();
