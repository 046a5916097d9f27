import { setImmediate as turn } from 'node:timers/promises';
import { GreenletExit, spawn, Timeout } from 'greenhub';
import { BrokenPipeError, type Connection, EOFError, Pipe, Process, Queue, Value } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { adding, counting, doubling, hanging, incrementing, receivingByKilled } from '../targets/pipes.js';

const test = suite('process/shared Pipe');
const kinds = ['thread', 'process'] as const;

test('each end receives what the other sends, in order, as copies', async () => {
  const [a, b] = Pipe<{ n: number }>();
  const value = { n: 1 };
  await a.send(value);
  value.n = 2;
  await a.send(value);
  await b.send({ n: 3 });
  assert.equal([await b.recv(), await b.recv(), await a.recv()], [{ n: 1 }, { n: 2 }, { n: 3 }]);
  a.close();
  b.close();
});

test('with duplex: false the first end only receives, and the second only sends', async () => {
  const [a, b] = Pipe<number>({ duplex: false });
  await b.send(1);
  assert.is(await a.recv(), 1);
  assert.match(String(thrownBy(() => a.send(1))), /TypeError: Pipe#\d+\.a only receives/);
  assert.match(String(thrownBy(() => b.recv())), /TypeError: Pipe#\d+\.b only sends/);
  assert.instance(
    thrownBy(() => b.poll()),
    TypeError,
  );
  assert.equal([a.readable, a.writable, b.readable, b.writable], [true, false, false, true]);
});

test('recv() throws a Timeout when it is late, and poll() tells whether it would wait', async () => {
  const [a, b] = Pipe<string>();
  assert.instance(await failureOf(a.recv({ timeout: 1 })), Timeout);
  assert.is(await a.poll(), false);
  assert.is(await a.poll({ timeout: 1 }), false);
  const polled = spawn(() => a.poll({ timeout: 60_000 }));
  await b.send('here');
  assert.is(await polled, true);
  assert.is(await a.recv({ timeout: 0 }), 'here');
  b.close();
  assert.is(await a.poll(), true);
});

test('after a close() the rest is received, and then an EOFError; a send() is a BrokenPipeError', async () => {
  const [a, b] = Pipe<string>();
  await a.send('the last');
  a.close();
  a.close();
  assert.is(await b.recv(), 'the last');
  assert.instance(await failureOf(b.recv()), EOFError);
  assert.instance(await failureOf(b.send('to nobody')), BrokenPipeError);
  assert.instance(await failureOf(a.send('from here')), BrokenPipeError);
  assert.instance(await failureOf(a.recv()), EOFError);
  assert.match(String(a), /was closed/);
});

test('a send() waits for room: 64 KiB, or one message', async () => {
  const [a, b] = Pipe<string>();
  const sent: string[] = [];
  const sender = spawn(function* send() {
    for (const letter of ['a', 'b', 'c', 'd']) {
      yield* a.send(letter.repeat(letter === 'c' ? 200_000 : 40_000));
      sent.push(letter);
    }
  });
  await b.poll({ timeout: 60_000 });
  await b.poll();
  assert.equal(sent, ['a']);
  for (const letter of ['a', 'b', 'c', 'd']) assert.is((await b.recv())[0], letter);
  await sender;
});

test('a close() wakes a sender that waits for room, and a receiver', async () => {
  const [a, b] = Pipe<string>();
  await a.send('x'.repeat(70_000));
  const sender = spawn(() => a.send('y'));
  const receiver = spawn(() => a.recv());
  assert.is(await b.poll(), true);
  // Both are awaited before the first fails: an error that nobody takes for a turn of the event loop is reported.
  const failures = Promise.all([failureOf(sender), failureOf(receiver)]);
  b.close();
  const [ofSender, ofReceiver] = await failures;
  assert.instance(ofSender, BrokenPipeError);
  assert.instance(ofReceiver, EOFError);
});

test('a receiver that is killed has taken nothing', async () => {
  const [a, b] = Pipe<number>();
  const receiver = spawn(() => b.recv());
  assert.is(await b.poll(), false);
  receiver.kill();
  await a.send(1);
  assert.is(await b.recv(), 1);
  assert.instance(receiver.exception, GreenletExit);
});

test('an end that is in use cannot be given away, because its value would stay here', async () => {
  const [a, b] = Pipe<number>();
  const receiver = spawn(() => b.recv());
  assert.is(await b.poll(), false);
  const error = thrownBy(() => new Process({ target: doubling, args: [b] }).start());
  assert.instance(error, TypeError);
  assert.match((error as Error).message, /^args\[0\] cannot be sent: Pipe#\d+\.b is in use/);
  await a.send(1);
  assert.is(await receiver, 1);
});

for (const kind of kinds) {
  test(`an end goes to a ${kind}, and is gone from here once start() has returned`, async () => {
    const [a, b] = Pipe<number>();
    const child = new Process({ target: doubling, args: [b], kind }).start();
    assert.ok(b.closed);
    assert.match(String(await failureOf(b.recv())), new RegExp(`EOFError: .* was given to ${child.name}`));
    for (let n = 0; n < 100; n += 1) {
      await a.send(n);
      assert.is(await a.recv(), 2 * n);
    }
    a.close();
    assert.is(await child, 100);
  });

  test(`the end of a ${kind} closes its end, after what it has sent`, async () => {
    const [a, b] = Pipe<number>({ duplex: false });
    const child = new Process({ target: counting, args: [b, 20_000], kind }).start();
    for (let n = 0; n < 20_000; n += 1) assert.is(await a.recv(), n);
    assert.instance(await failureOf(a.recv()), EOFError);
    await child;
  });

  test(`a ${kind} that is killed by force closes its end`, async () => {
    const [a, b] = Pipe<string>();
    const child = new Process({ target: hanging, args: [b], kind }).start();
    assert.is(await a.recv(), 'ready');
    await child.kill();
    assert.instance(await failureOf(a.recv()), EOFError);
    assert.instance(await failureOf(a.send('to nobody')), BrokenPipeError);
  });
}

for (const kind of kinds) {
  test(`receivers of a ${kind} that are killed lose nothing, and nothing overtakes what they give back`, async () => {
    const [a, b] = Pipe<number>({ duplex: false });
    const child = new Process({ target: receivingByKilled, args: [a as Connection], kind }).start();
    const numbers = Array.from({ length: 30 }, (_, n) => n);
    for (const n of numbers) {
      await b.send(n);
      await turn();
    }
    b.close();
    assert.equal(await child, numbers);
  });
}

for (const [first, second] of [
  ['process', 'process'],
  ['thread', 'thread'],
  ['thread', 'process'],
] as const) {
  test(`two siblings get the two ends: a ${first} and a ${second}`, async () => {
    const [a, b] = Pipe<number>({ duplex: false });
    const sum = new Process({ target: adding, args: [a], kind: first }).start();
    const count = new Process({ target: counting, args: [b, 1_000], kind: second }).start();
    assert.is(await sum, 499_500);
    await count;
  });
}

test('a Value goes over a pipe between threads, and not to another process', async () => {
  const value = new Value('i32', 41);
  for (const kind of kinds) {
    const [a, b] = Pipe<unknown>();
    const child = new Process({ target: incrementing, args: [b as Connection], kind }).start();
    if (kind === 'process') {
      assert.match(String(await failureOf(a.send(value))), /TypeError: .*Manager/s);
      a.close();
      assert.instance(await failureOf(child.get()), EOFError);
    } else {
      await a.send(value);
      assert.is(await a.recv(), 'done');
      assert.is(value.value, 42);
      await child;
    }
  }
});

test('what cannot be copied is a TypeError with its path, and nothing is sent', async () => {
  const [a, b] = Pipe<unknown>();
  assert.match(String(await failureOf(a.send({ callback: () => 1 }))), /TypeError: value\.callback is a function/);
  assert.is(await b.poll(), false);
});

test('an end is only an argument of a Process, and only while it is open', async () => {
  const [a, b] = Pipe<number>();
  const queue = new Queue<unknown>();
  assert.match(String(await failureOf(queue.put(a))), /TypeError: item cannot be sent: .* argument of a Process/);
  a.close();
  assert.match(String(thrownBy(() => new Process({ target: doubling, args: [a] }).start())), /was closed/);
  assert.match(
    String(thrownBy(() => new Process({ target: doubling, args: [b, () => 1] as never }).start())),
    /args\[1\]/,
  );
  assert.not.ok(b.closed);
});

test.run();
