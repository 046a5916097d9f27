import * as assert from 'uvu/assert';
import { BrokenBarrierError, Empty, Full, Queue, ShutDown } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('sync/errors');

for (const Kind of [Empty, Full, ShutDown, BrokenBarrierError]) {
  test(`${Kind.name} is an Error that bears its own name and keeps its message`, () => {
    const error = new Kind('what happened');

    assert.ok(error instanceof Error);
    assert.is(error.name, Kind.name);
    assert.is(error.message, 'what happened');
  });
}

test('an Empty names the queue and says what to do instead', () => {
  const queue = new Queue<number>();

  assert.throws(() => queue.getNowait(), new RegExp(`${queue.name}.*get\\(\\)`));
});

test('an Empty of peekNowait() recommends peek()', () => {
  const queue = new Queue<number>();

  assert.throws(() => queue.peekNowait(), new RegExp(`${queue.name}.*peek\\(\\)`));
});

test('a Full names the queue and says what to do instead', () => {
  const queue = new Queue<number>(1);
  queue.putNowait(1);

  assert.throws(() => queue.putNowait(2), new RegExp(`${queue.name}.*put\\(\\)`));
});

test('a ShutDown names the queue', () => {
  const queue = new Queue<number>();
  queue.shutdown();

  assert.throws(() => queue.putNowait(1), new RegExp(queue.name));
});

test.run();
