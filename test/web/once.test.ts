import * as assert from 'uvu/assert';
import { GreenletExit, idle, run, spawn, withTimeout } from '../../lib/index.ts';
import { once } from '../../lib/web/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { Emitter } from './emitter.ts';

const test = suite('web/once');

test('gives the next event, and removes its listener', async () => {
  const target = new Emitter();
  const seen = spawn(() => once(target, 'news'));
  await idle();
  assert.is(target.listeners, 1);
  const event = new Event('news');
  target.dispatchEvent(event);
  target.dispatchEvent(new Event('news'));
  assert.is(await seen, event);
  assert.is(target.listeners, 0);
});

test('an operation that is used twice gives two events', async () => {
  const target = new Emitter();
  const next = once(target, 'news');
  const both = spawn(function* () {
    return [yield* next, yield* next];
  });
  for (let n = 0; n < 2; n += 1) {
    await idle();
    target.dispatchEvent(new Event('news'));
  }
  assert.is(new Set(await both).size, 2);
});

test('a kill and a limit remove the listener', async () => {
  const target = new Emitter();
  const killed = spawn(() => once(target, 'never', { capture: true }));
  await idle();
  await killed.kill();
  assert.instance(killed.exception, GreenletExit);
  await failureOf(withTimeout(0, once(target, 'never')));
  assert.is(target.listeners, 0);
});

test('wrong targets, types and options are refused', async () => {
  assert.throws(
    () => once({} as Emitter, 'news'),
    /^once\(\) takes a target with addEventListener\(\), not an Object$/,
  );
  assert.throws(() => once(undefined as unknown as Emitter, 'news'), /not undefined/);
  assert.throws(() => once(new Emitter(), 1 as unknown as string), /the type of an event as a string, not 1/);
  assert.throws(() => once(new Emitter(), 'x', { passiv: true } as object), /passive/);
});

test('waits in the program without greenlets too', async () => {
  const target = new Emitter();
  const news = run(() => once(target, 'news'));
  await idle();
  target.dispatchEvent(new Event('news'));
  assert.is((await news).type, 'news');
});

test.run();
