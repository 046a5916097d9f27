import { EventEmitter } from 'node:events';
import * as assert from 'uvu/assert';
import { greenlet, spawn } from '../../lib/index.ts';
import { insideGreenlet } from '../../lib/monkey/inside-greenlet.ts';
import { suite } from '../support/harness.ts';

const test = suite('insideGreenlet');

test('main, its callbacks and its async functions are not inside a greenlet', async () => {
  assert.is(insideGreenlet(), false);
  assert.is(await new Promise((resolve) => setImmediate(() => resolve(insideGreenlet()))), false);
  await null;
  assert.is(insideGreenlet(), false);
});

test('a spawned greenlet and the functions that it calls are inside', async () => {
  const emitter = new EventEmitter();
  const seen: boolean[] = [];
  emitter.on('event', () => seen.push(insideGreenlet()));

  await spawn(function* () {
    seen.push(insideGreenlet());
    emitter.emit('event');
  });

  assert.equal(seen, [true, true]);
});

test('a raw greenlet is inside, and main is outside again after it', () => {
  const seen: boolean[] = [];

  greenlet(() => seen.push(insideGreenlet())).switch();
  seen.push(insideGreenlet());

  assert.equal(seen, [true, false]);
});

test('an async function is inside up to its first await', async () => {
  const seen: boolean[] = [];

  await spawn(async () => {
    seen.push(insideGreenlet());
    await null;
    seen.push(insideGreenlet());
  });

  assert.equal(seen, [true, false]);
});

test('main is outside after a greenlet that threw', async () => {
  await spawn(() => {
    throw new Error('boom');
  }).then(undefined, () => {});

  assert.is(insideGreenlet(), false);
});

test.run();
