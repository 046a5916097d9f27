import * as assert from 'uvu/assert';
import { getHub, spawn } from '../../lib/index.ts';
import { type Socket, socketPair } from '../../lib/net/index.ts';
import { suite } from '../support/harness.ts';
import { closed } from './pairs.ts';

const test = suite('socketPair');

test('each end receives what the other sends', async () => {
  const [left, right] = await socketPair();
  await left.sendall('to the right\n');
  await right.sendall('to the left\n');
  assert.is(await right.readLine(), 'to the right');
  assert.is(await left.readLine(), 'to the left');
  assert.is(left.localPort, right.remotePort);
  await closed(left);
  await closed(right);
});

test('many are made at once, each with its own other end', async () => {
  const jobs = Array.from({ length: 50 }, () => spawn(() => socketPair()));
  const pairs: [Socket, Socket][] = [];
  for (const job of jobs) pairs.push(await job);
  for (const [left, right] of pairs) assert.is(left.localPort, right.remotePort);
  for (const socket of pairs.flat()) await closed(socket);
});

test('a killed one leaves nothing', async () => {
  const hub = getHub();
  const { switchInterval } = hub;
  // The event loop must not turn before the kill, however slow the machine is.
  hub.switchInterval = Infinity;
  try {
    const job = spawn(() => socketPair());
    await spawn(function* () {});
    await job.kill();
    assert.is(job.successful(), false);
  } finally {
    hub.switchInterval = switchInterval;
  }
});

test('a socket is closed at the end of the block that declares it with using', async () => {
  const [left, right] = await socketPair();
  await spawn(function* () {
    using socket = left;
    yield* socket.sendall('bye');
  });
  assert.is(left.closed, true);
  assert.is((await right.recvExactly(3)).toString(), 'bye');
  assert.is((await right.recv()).length, 0);
  await closed(right);
});

test.run();
