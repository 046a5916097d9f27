import * as assert from 'uvu/assert';
import { idle, spawn } from '../../lib/index.ts';
import { animationFrame } from '../../lib/web/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('web/animation-frame');

test('asks the host for a frame, and takes that back if the greenlet is killed', async () => {
  const asked: ((time: number) => void)[] = [];
  const cancelled: number[] = [];
  const frames = {
    requestAnimationFrame: (callback: (time: number) => void): number => asked.push(callback),
    cancelAnimationFrame: (handle: number): void => void cancelled.push(handle),
  };
  const names = Object.keys(frames) as (keyof typeof frames)[];
  Object.assign(globalThis, frames);
  try {
    const first = spawn(() => animationFrame());
    const second = spawn(() => animationFrame());
    await idle();
    await second.kill();
    asked[0]?.(16.7);
    assert.is(await first, 16.7);
    assert.equal(cancelled, [2, 1]);
  } finally {
    for (const name of names) Reflect.deleteProperty(globalThis, name);
  }
});

test('a host that does not paint says so', async () => {
  assert.match(((await failureOf(animationFrame())) as Error).message, 'this host has no requestAnimationFrame()');
});

test.run();
