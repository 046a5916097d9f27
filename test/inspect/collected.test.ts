/** The tools that watch over time keep nothing alive. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { getcurrent, greenlet, Queue, type RawGreenlet, sleep, spawn } from '../../lib/index.ts';
import { channels, record, stats, stopStats } from '../../lib/inspect/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('what tools keep');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const tools: Record<string, () => () => void> = {
  record() {
    const recording = record();
    return () => void recording.stop();
  },
  stats() {
    stats();
    return stopStats;
  },
  channels() {
    const listener = (): void => {};
    channels.end.subscribe(listener);
    return () => channels.end.unsubscribe(listener);
  },
};

for (const [name, turnOn] of Object.entries(tools)) {
  test(`${name}: neither greenlets nor what they wait for`, async () => {
    const turnOff = turnOn();
    const references = await used();
    let areGone = false;
    for (let round = 0; round < 10 && !areGone; round += 1) {
      // The core's registers hold the last greenlet that ran.
      visitMain();
      await turn();
      collectGarbage();
      areGone = references.every((reference) => reference.deref() === undefined);
    }
    turnOff();

    assert.ok(areGone);
  });
}

/** Weak references to greenlets that have ended or were dropped, and to a queue. */
async function used(): Promise<WeakRef<object>[]> {
  const queue = new Queue<number>();
  const getter = spawn(function* () {
    yield* queue.get();
  });
  const dropped = visitMain();
  await sleep(0);
  queue.putNowait(1);
  await getter;
  return [queue, getter, dropped].map((object) => new WeakRef(object));
}

/** A raw greenlet that has run, and has switched back. */
function visitMain(): RawGreenlet {
  const main = getcurrent();
  const visitor = greenlet(function* () {
    yield* main.switch();
  });
  visitor.switch();
  return visitor;
}

test.run();
