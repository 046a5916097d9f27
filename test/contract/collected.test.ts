/** Unreachable objects are not kept alive. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { kept } from '../../lib/greenlet/kept.ts';
import {
  AsyncResult,
  all,
  type Coroutine,
  call,
  Event,
  type Greenlet,
  getcurrent,
  getHub,
  greenlet,
  joinall,
  Local,
  Lock,
  type Operation,
  Pool,
  Queue,
  type RawGreenlet,
  race,
  shield,
  sleep,
  spawn,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('contract/collected');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Whether all referenced objects are collected, after a few turns of the event loop. */
async function areGone(references: readonly WeakRef<object>[]): Promise<boolean> {
  for (let round = 0; round < 10; round += 1) {
    await turn();
    collectGarbage();
    if (references.every((reference) => reference.deref() === undefined)) return true;
  }
  return false;
}

/** Every way of waiting on the hub that a raw greenlet may have used before it is dropped. */
const waits: Record<string, () => Coroutine<unknown>> = {
  *nothing() {},
  *'sleep(0)'() {
    yield* sleep(0);
  },
  *'sleep(1)'() {
    yield* sleep(1);
  },
  *'get() of a Queue'() {
    const queue = new Queue<number>();
    spawn(() => queue.put(1));
    return yield* queue.get();
  },
  *'get() that has given up'() {
    try {
      yield* new Queue<number>().get({ timeout: 1 });
    } catch {}
  },
  *'withTimeout() whose time is up'() {
    yield* withTimeout(1, sleep(1e6), { timeoutValue: 0 });
  },
  *'until()'() {
    yield* until(Promise.resolve(1));
  },
  *'an Event'() {
    const event = new Event();
    spawn(() => event.set());
    yield* event.wait();
  },
  *'an AsyncResult'() {
    const result = new AsyncResult<number>();
    spawn(() => result.set(1));
    yield* result.get();
  },
  *'a Lock'() {
    const lock = new Lock();
    yield* lock.acquire();
    spawn(function* () {
      yield* sleep(0);
      lock.release();
    });
    yield* lock.acquire();
    lock.release();
  },
  *'all()'() {
    yield* all([sleep(1), sleep(1)]);
  },
  *'shield()'() {
    yield* shield(() => sleep(1));
  },
  *'call()'() {
    yield* call(function* () {
      yield* sleep(1);
    });
  },
  *'joinall()'() {
    yield* joinall([spawn(() => sleep(1))]);
  },
};

for (const [name, wait] of Object.entries(waits)) {
  test(`a raw greenlet that has waited for ${name}, switched away and was dropped is collected with everything that it holds`, () =>
    onVirtualTime(async () => {
      const references: WeakRef<object>[] = [];
      await spawn(function* () {
        for (let count = 0; count < 3; count += 1) {
          const parent = getcurrent();
          const held = { count };
          const dropped = greenlet(function* (): Coroutine<void> {
            yield* wait();
            yield* parent.switch(held);
            throw new Error(`nobody switches to it any more, with ${held}`);
          });
          references.push(new WeakRef(dropped), new WeakRef(held));
          yield* dropped.switch();
        }
        // The registers of the trampoline still refer to the last greenlet that ran.
        const other = greenlet(() => undefined);
        yield* other.switch();
      });

      assert.ok(await areGone(references));
    }));
}

test('a parked raw greenlet that nothing refers to is not collected, and runs its finally when it ends', async () => {
  let cleaned = 0;
  const starters: Greenlet[] = [];
  const before = new Set(getHub().living());
  await spawn(function* () {
    const parent = getcurrent();
    // The second time it is parked again, after it has switched away.
    for (const rounds of [1, 2]) {
      const parked = greenlet(function* (): Coroutine<void> {
        try {
          for (let round = 1; round < rounds; round += 1) {
            yield* sleep(0);
            yield* parent.switch();
          }
          yield* new Queue<number>().get();
        } finally {
          cleaned += 1;
        }
      }, getcurrent());
      for (let round = 1; round < rounds; round += 1) yield* parked.switch();
      starters.push(spawn(() => parked.switch()));
    }
  });
  await sleep(1);

  await areGone([new WeakRef({})]);
  const parked = [...getHub().living()].filter((each) => !before.has(each) && each.waiting !== null);
  assert.is(parked.length, 2);

  for (const each of parked) each.throw();
  assert.is(cleaned, 2);
  for (const starter of starters) starter.kill();
});

test("a Local's values are collected when the greenlet has ended, although the greenlet is still referenced", async () => {
  const local = new Local<{ value: object }>();
  const references: WeakRef<object>[] = [];
  function* body(fails: boolean): Coroutine<void> {
    const value = { fails };
    references.push(new WeakRef(value));
    local.value = value;
    yield* sleep(0);
    assert.is(local.value, value);
    if (fails) throw new Error('boom');
  }
  const held: RawGreenlet[] = [spawn(body, false), spawn(body, true), spawn(body, false)];
  (held[1] as Greenlet).catch(() => {});
  const raw = greenlet(function* (): Coroutine<void> {
    const value = {};
    references.push(new WeakRef(value));
    local.value = value;
    yield* (raw.parent as RawGreenlet).switch();
  });
  held.push(raw);
  await spawn(function* () {
    raw.parent = getcurrent();
    yield* raw.switch();
    (held[2] as Greenlet).kill();
    yield* raw.switch();
  });
  await sleep(1);

  assert.is(references.length, 4);
  assert.ok(await areGone(references));
  assert.ok(held.every((each) => each.dead));
});

/** Operations that a program may hold on to and use again. */
const held: Record<string, () => Operation<unknown>> = {
  'withTimeout()': () => withTimeout(1_000, () => sleep(1)),
  'shield()': () => shield(() => sleep(1)),
  'sleep()': () => sleep(1),
  'until()': () => until(() => Promise.resolve(1)),
  'get() of a Queue': () => new Queue().get({ timeout: 1 }),
  'race()': () => race([sleep(1), sleep(Infinity)]),
  'call()': () => call(() => sleep(1)),
};

for (const [name, make] of Object.entries(held)) {
  test(`a ${name} that a greenlet has waited for, and that is still referenced, does not keep the greenlet`, () =>
    onVirtualTime(async () => {
      const operation = make();
      const used = await (async () => {
        const greenlet = spawn(() => outcomeOf(operation));
        await greenlet.join();
        return new WeakRef<object>(greenlet);
      })();

      assert.ok(await areGone([used]));
      assert.instance(operation[Symbol.iterator], Function);
    }));
}

test('most ended greenlets that have taken a step of an imap() are collected while it continues', async () => {
  const results = new Pool(1).imap((item: number) => item, Array(1_000).fill(1));
  const takers = await (async () => {
    const ended: WeakRef<object>[] = [];
    for (let count = 0; count < 200; count += 1) {
      const taker = spawn(() => results.next());
      await taker;
      ended.push(new WeakRef(taker));
    }
    return ended;
  })();

  await areGone(takers);

  const left = takers.filter((reference) => reference.deref() !== undefined).length;
  assert.ok(left < 100, `${left} are left`);
  results.return();
});

test('when a Local is dropped, the values of living greenlets and of main are collected', async () => {
  const references: WeakRef<object>[] = [];
  const fill = (local: Partial<{ value: object }>): void => {
    const value = {};
    references.push(new WeakRef(value));
    local.value = value;
  };
  (() => {
    const local = new Local<{ value: object }>();
    fill(local);
  })();
  const living = spawn(function* () {
    fill(new Local<{ value: object }>());
    yield* sleep(1e6);
  });
  await sleep(1);

  assert.ok(await areGone(references));
  await living.kill();
});

for (const [order, sorted] of [
  ['in the order of their coming', (list: RawGreenlet[]) => list],
  ['in the reverse order', (list: RawGreenlet[]) => list.toReversed()],
  [
    'in any order',
    (list: RawGreenlet[]) => list.toSorted((a, b) => ((a.place * 7919) % 101) - ((b.place * 7919) % 101)),
  ],
] as const) {
  test(`the list of living greenlets shrinks when they end ${order}`, async () => {
    const slots = (): number => (kept as unknown as { slots: unknown[] }).slots.length;
    const before = slots();
    const event = new Event();
    const many = Array.from({ length: 20_000 }, () => spawn(() => event.wait()));
    await sleep(0);
    assert.ok(slots() > 20_000);

    for (const each of sorted(many)) (each as Greenlet).kill();
    await joinall(many);

    assert.ok(slots() < before + 5_000, `${slots()} slots, and ${before} before`);
  });
}

test.run();
