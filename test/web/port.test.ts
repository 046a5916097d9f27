import * as assert from 'uvu/assert';
import { GreenletExit, idle, run, ShutDown, spawn } from '../../lib/index.ts';
import { openPort } from '../../lib/web/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('web/port');

test('messages arrive in order, and those that arrive early are kept', async () => {
  const { port1, port2 } = new MessageChannel();
  const [a, b] = [openPort<number>(port1), openPort<number>(port2)];
  for (const n of [1, 2, 3]) a.send(n);
  const got = await run(function* () {
    return [yield* b.recv(), yield* b.recv(), yield* b.recv()];
  });
  assert.equal(got, [1, 2, 3]);
  a.close();
  b.close();
});

test('close() ends the waiters and the loops of both sides', async () => {
  const { port1, port2 } = new MessageChannel();
  const [a, b] = [openPort(port1), openPort(port2)];
  const far = spawn(() => b.messages().next());
  const near = spawn(() => a.recv());
  await idle();
  a.close();
  assert.instance(await failureOf(near), ShutDown);
  assert.is((await far).done, true);
  assert.throws(() => a.send(1), /^Port#\d+ is closed$/);
});

test('a greenlet that is killed takes no message', async () => {
  const { port1, port2 } = new MessageChannel();
  const [a, b] = [openPort(port1), openPort(port2)];
  const killed = spawn(() => b.recv());
  await idle();
  await killed.kill();
  assert.instance(killed.exception, GreenletExit);
  a.send('kept');
  assert.is(await b.recv(), 'kept');
  a.close();
  b.close();
});

test('what cannot be copied is refused, and nothing is sent', async () => {
  const { port1, port2 } = new MessageChannel();
  const [a, b] = [openPort(port1), openPort(port2)];
  assert.throws(
    () => a.send(() => {}),
    (error: Error) => error.name === 'DataCloneError',
  );
  a.send('next');
  assert.is(await b.recv(), 'next');
  a.close();
  b.close();
});

test('what is no port is refused', () => {
  assert.throws(
    () => openPort(new EventTarget() as never),
    /^openPort\(\) takes a MessagePort, .*, not an EventTarget$/,
  );
  assert.throws(() => openPort(null as never), /not null/);
});

test.run();
