import * as assert from 'uvu/assert';
import { any, Event, Queue, race, spawn } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('pool/run-branches');

test('an operation at the head of the list that need not wait wins before any branch starts', async () => {
  const queue = new Queue<string>();
  queue.putNowait('item');
  let hasBegun = false;

  const won = await spawn(() =>
    race([
      new Event().wait(),
      queue.get(),
      () => {
        hasBegun = true;
      },
    ]),
  );

  assert.is(won, 'item');
  assert.is(hasBegun, false);
});

test('a function at the head of the list starts before operations behind it are tried', async () => {
  const queue = new Queue<string>();
  queue.putNowait('item');

  const won = await spawn(() => race([() => 'function', queue.get()]));

  assert.is(won, 'function');
  assert.is(queue.qsize(), 1);
});

test('an operation at the head of the list that fails at once leaves the decision to the others', async () => {
  const ended = new Queue<string>();
  ended.shutdown();

  assert.is(await spawn(() => any([ended.get(), () => 'function'])), 'function');
});

test.run();
