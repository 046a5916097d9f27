import * as assert from 'uvu/assert';
import {
  all,
  Event,
  Greenlet,
  GreenletExit,
  getHub,
  iwait,
  joinall,
  Lock,
  nursery,
  type Operation,
  Pool,
  Queue,
  race,
  Semaphore,
  shield,
  sleep,
  spawn,
  Timeout,
  until,
  wait,
  withTimeout,
} from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('joinall, wait, iwait');
const hub = getHub();

/** A greenlet that ends after a time, which is its value. */
function ending(ms: number) {
  return spawn(function* () {
    yield* sleep(ms);
    return ms;
  });
}

function failing(ms: number) {
  return spawn(function* () {
    yield* sleep(ms);
    throw new Error(`failed at ${ms}`);
  });
}

/** By the types, `for await` awaits each item. It does not, so the items are the greenlets themselves. */
function each<T>(iteration: AsyncIterable<Greenlet<T>>): AsyncIterable<{ value: T | undefined }> {
  return iteration as AsyncIterable<{ value: T | undefined }>;
}

test('joinall() gives the greenlets in the order of completion', async () => {
  await onVirtualTime(async () => {
    const [a, b, c] = [ending(30), ending(10), ending(20)];

    const done = await joinall([a, b, c]);

    assert.equal(
      done.map((gr) => gr.value),
      [10, 20, 30],
    );
  });
});

test('joinall() also gives greenlets that have already ended in the order of completion', async () => {
  await onVirtualTime(async () => {
    const jobs = [ending(30), ending(10), ending(20)];
    await sleep(40);

    const done = await joinall(jobs);

    assert.equal(
      done.map((gr) => gr.value),
      [10, 20, 30],
    );
  });
});

test('joinall() takes any iterable, an empty one included', async () => {
  assert.equal(await joinall([]), []);
  assert.equal(await joinall(new Set<Greenlet>()), []);
  assert.equal(await joinall([], { count: 5 }), []);
  assert.is((await joinall(new Set([spawn(() => 1)]))).length, 1);
});

test('joinall() refuses a value that is not a Greenlet when it is waited for, even if all others have ended', async () => {
  const ended = spawn(() => 1);
  await ended;
  const unended = ending(10);
  const event = new Event();
  event.set();

  for (const wrong of [sleep(1), null, 5, event]) {
    for (const list of [[wrong], [ended, wrong], [wrong, ended], [unended, wrong]]) {
      for (const options of [undefined, { timeout: 0 }, { count: 1 }, { raiseError: true }]) {
        const error = await failureOf(joinall(list as never, options));
        assert.instance(error, TypeError);
        assert.match(String(error), 'joinall() takes greenlets that were made by spawn()');
      }
    }
  }
  assert.is(await unended, 10);
});

test('joinall() waits for the greenlets in the list at the call', async () => {
  const list = [spawn(() => 1), spawn(() => 2)];
  const joined = joinall(list);
  list.length = 0;

  assert.is((await joined).length, 2);
});

test('joinall() gives a new array each time that it is used', async () => {
  const list = [ending(0), ending(0), ending(0)];
  await sleep(5);
  const joined = joinall(list);

  const first = await joined;
  first.pop();

  assert.is(list.length, 3);
  assert.equal(await joined, list);
});

test('wait() checks again each time it is used, and gives a new array', async () => {
  const events = [new Event(), new Event()];
  for (const event of events) event.set();
  const ready = wait(events, { timeout: 0 });

  const first = await ready;
  first.pop();
  assert.equal((await ready).length, 2);
  events[0]?.clear();

  assert.equal((await ready).length, 1);
});

test('joinall() in a greenlet is yielded', async () => {
  const gr = spawn(function* () {
    return (yield* joinall([spawn(() => 1), spawn(() => 2)])).map((done) => done.value);
  });

  assert.equal(await gr, [1, 2]);
});

test('joinall() with a timeout gives the ended greenlets', async () => {
  await onVirtualTime(async () => {
    const [slow, fast] = [ending(100), ending(10)];

    const done = await joinall([slow, fast], { timeout: 50 });

    assert.equal(done, [fast]);
    assert.is(slow.dead, false);
    assert.is(await slow, 100);
  });
});

test('joinall() with timeout 0 polls', async () => {
  const ended = spawn(() => 1);
  await ended;
  const other = spawn(() => 2);
  const order: string[] = [];
  const poller = spawn(function* () {
    order.push(`${(yield* joinall([ended, other], { timeout: 0 })).length}`);
  });
  spawn(() => order.push('next'));

  await poller;

  assert.is(order[0], '2'); // `other` had its turn before the poller
  assert.equal(await joinall([ended, new Greenlet(() => 1)], { timeout: 0 }), [ended]);
});

test('joinall() with a timeout that is exactly the time of the last one is in time or not, and never hangs', async () => {
  await onVirtualTime(async () => {
    const jobs = [ending(10), ending(10)];

    const done = await joinall(jobs, { timeout: 10 });

    assert.ok(done.length <= 2);
    await joinall(jobs);
    assert.is(hub.timers.size, 0);
  });
});

test('joinall() with count is content with that many', async () => {
  await onVirtualTime(async (clock) => {
    const jobs = [ending(30), ending(10), ending(20)];

    const done = await joinall(jobs, { count: 2 });

    assert.is(clock.now(), 20);
    assert.equal(
      done.map((gr) => gr.value),
      [10, 20],
    );
    await joinall(jobs);
  });
});

test('joinall() with count 0 does not wait', async () => {
  const gr = new Greenlet(() => 1);

  assert.equal(await joinall([gr], { count: 0 }), []);
});

test('a count past the number of greenlets waits for all of them', async () => {
  assert.is((await joinall([spawn(() => 1)], { count: 5 })).length, 1);
  assert.is((await joinall([spawn(() => 1)], { count: Infinity })).length, 1);
});

for (const options of [{ timeout: NaN }, { timeout: -1 }, { count: NaN }, { count: -1 }, { count: 1.5 }]) {
  test(`${JSON.stringify(options)} (${Object.values(options)}) is a RangeError at the caller`, () => {
    assert.instance(
      thrownBy(() => joinall([], options)),
      RangeError,
    );
    assert.instance(
      thrownBy(() => wait([], options)),
      RangeError,
    );
    assert.instance(
      thrownBy(() => iwait([], options)),
      RangeError,
    );
  });
}

test('a greenlet that is listed twice does not make joinall() hang', async () => {
  await onVirtualTime(async () => {
    const gr = ending(10);

    const waited = await joinall([gr, gr]);
    const ended = await joinall([gr, gr]);

    assert.equal(new Set(waited), new Set([gr]));
    assert.is(ended.length, waited.length);
  });
});

test('a greenlet that failed is done, and its error is taken', async () => {
  const failed = failing(0);

  const done = await joinall([failed]);

  assert.equal(done, [failed]);
});

test('joinall({ raiseError }) raises the earliest failure in time and leaves the others running', async () => {
  await onVirtualTime(async (clock) => {
    const late = failing(20);
    const early = failing(10);
    const slow = ending(50);

    const error = await failureOf(joinall([slow, late, early], { raiseError: true }));

    assert.is(error, early.exception);
    assert.is(clock.now(), 10);
    assert.is(slow.dead, false);
    assert.is(late.dead, false);
    await joinall([slow, late]);
  });
});

test('joinall({ raiseError }) raises the earliest failure among greenlets that have already ended', async () => {
  await onVirtualTime(async () => {
    const late = failing(20);
    const early = failing(10);
    await joinall([late, early]);

    assert.is(await failureOf(joinall([late, early], { raiseError: true })), early.exception);
    assert.is(await failureOf(joinall([late, early], { raiseError: true, timeout: 0 })), early.exception);
  });
});

test('joinall({ raiseError }) takes the failure that it throws, where that came before too', async () => {
  const boom = new Error('boom');
  const failed = spawn(() => {
    throw boom;
  });
  const joiner = spawn(() => joinall([failed, spawn(() => 1)], { raiseError: true }));

  assert.is(await failureOf(joiner), boom);
});

test('joinall({ raiseError }) ignores greenlets killed by a GreenletExit or a subclass of it', async () => {
  class Stop extends GreenletExit {}
  const killed = spawn(() => sleep(Infinity));
  const stopped = spawn(() => sleep(Infinity));
  await sleep(0);
  killed.kill();
  stopped.kill({ reason: new Stop() });

  const done = await joinall([killed, stopped], { raiseError: true });

  assert.is(done.length, 2);
});

test('joinall({ raiseError }) raises undefined if that was thrown', async () => {
  const gr = spawn(() => {
    throw undefined;
  });

  assert.is(await failureOf(joinall([gr], { raiseError: true })), undefined);
});

test('a cancelled joinall() leaves the greenlets alone and can be used again', async () => {
  await onVirtualTime(async () => {
    const job = ending(20);
    const joined = joinall([job]);
    const joiner = spawn(() => joined);
    await sleep(5);

    await joiner.kill();
    const done = await joined;

    assert.equal(done, [job]);
    assert.is(hub.timers.size, 0);
  });
});

test('a failure after joinall() gave up is reported', async ({ reported }) => {
  await onVirtualTime(async () => {
    const failed = failing(20);
    await joinall([failed], { timeout: 10 });

    await sleep(30);
    await new Promise(setImmediate);

    assert.is(reported.splice(0)[0]?.error, failed.exception);
  });
});

test('wait() and iwait() take the rejections of promises, even if they end at the same time', async () => {
  const both = () => [Promise.resolve(1), Promise.reject(new Error('no one reports it'))];

  await wait(both(), { count: 1 });
  const steps = iwait(both());
  await steps.next();
  steps.return();

  await sleep(0);
});

test('wait() gives the waitables themselves, in the order in which they became ready', async () => {
  await onVirtualTime(async () => {
    const event = new Event();
    const queue = new Queue<number>();
    const lock = new Lock();
    const semaphore = new Semaphore(0);
    const gr = ending(40);
    await lock.acquire();
    spawn(function* () {
      yield* sleep(10);
      queue.putNowait(1);
      yield* sleep(10);
      semaphore.release();
      yield* sleep(10);
      lock.release();
      yield* sleep(20);
      event.set();
    });

    const ready = await wait<Event | Queue<number> | Lock | Semaphore | Greenlet<number>>([
      event,
      queue,
      lock,
      semaphore,
      gr,
    ]);

    assert.is(ready.length, 5);
    for (const [index, expected] of [queue, semaphore, lock, gr, event].entries()) assert.is(ready[index], expected);
    assert.is(queue.qsize(), 1, 'waiting takes nothing');
    assert.is(lock.locked(), false, 'waiting holds nothing');
  });
});

test('wait() starts operations and takes promises, which are ready when they settle', async () => {
  await onVirtualTime(async () => {
    const slow = sleep(20);
    const rejected = Promise.reject(new Error('boom'));
    const never = new Promise(() => {});

    const ready = await wait<PromiseLike<unknown>>([slow, never, rejected], { count: 2 });

    assert.is(ready[0], rejected);
    assert.is(ready[1], slow);
  });
});

test('wait() cancels the operations that it started and that have not ended when it does', async () => {
  await onVirtualTime(async () => {
    let signal: AbortSignal | undefined;
    const slow = until((given) => {
      signal = given;
      return new Promise(() => {});
    });

    await wait<PromiseLike<unknown>>([slow, sleep(10), sleep(1_000_000)], { count: 1 });
    await sleep(0);

    assert.is(signal?.aborted, true);
    assert.is(hub.timers.size, 0);
  });
});

test('a cancelled wait() cancels the operations that it started', async () => {
  const gr = spawn(() => wait([sleep(1_000_000)]));
  await sleep(0);
  await sleep(0);

  await gr.kill();
  await sleep(0);

  assert.is(hub.timers.size, 0);
});

test('wait() with a timeout gives the ready objects', async () => {
  await onVirtualTime(async () => {
    const ready = new Event();
    ready.set();

    assert.equal(await wait([new Event(), ready], { timeout: 10 }), [ready]);
    assert.equal(await wait([new Event(), ready], { timeout: 0 }), [ready]);
    assert.equal(await wait([new Event()], { timeout: 10 }), []);
  });
});

test('wait() of an empty list, and with count 0, does not wait', async () => {
  assert.equal(await wait([]), []);
  assert.equal(await wait([new Event()], { count: 0 }), []);
});

test('wait() refuses a value that cannot be waited for, at the caller', () => {
  for (const value of [5, {}, null, undefined, 'text']) {
    assert.instance(
      thrownBy(() => wait([value as never])),
      TypeError,
    );
    assert.instance(
      thrownBy(() => iwait([value as never])),
      TypeError,
    );
  }
});

test('wait() does not take the error of a greenlet', async ({ reported }) => {
  const failed = failing(0);

  await wait([failed]);
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.is(reported.splice(0)[0]?.error, failed.exception);
});

test('the same event twice counts as two', async () => {
  const event = new Event();
  const gr = spawn(() => wait([event, event], { count: 2 }));
  await sleep(0);

  event.set();

  assert.is((await gr).length, 2);
});

test('wait() without a list waits until all other greenlets have ended', async () => {
  await onVirtualTime(async (clock) => {
    ending(10);
    ending(30);

    assert.is(await wait(), true);

    assert.is(clock.now(), 30);
  });
});

test('wait() without a list also takes a long chain of greenlets that wait for each other', async () => {
  await onVirtualTime(async (clock) => {
    const chain: Greenlet<void>[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      chain.push(spawn(() => chain[index + 1]?.join() ?? sleep(10)));
    }
    await sleep(0);

    assert.is(await wait(), true);

    assert.is(clock.now(), 10);
  });
});

test('wait() without a list gives false when the time is up first', async () => {
  await onVirtualTime(async (clock) => {
    const gr = ending(30);

    assert.is(await wait(undefined, { timeout: 10 }), false);
    assert.is(clock.now(), 10);
    assert.is(await wait(undefined, { timeout: 0 }), false);
    await gr;
    assert.is(await wait(undefined, { timeout: 0 }), true);
  });
});

test('wait() without a list can be called in a greenlet, and in two at once', async () => {
  await onVirtualTime(async (clock) => {
    ending(30);
    const waiters = [spawn(() => wait()), spawn(() => wait())];

    assert.equal(await Promise.all(waiters), [true, true]);
    assert.is(clock.now(), 30);
  });
});

test('wait() without a list is not over while waiting main code still sleeps', async () => {
  await onVirtualTime(async (clock) => {
    const sleeping = sleep(20);
    const slept = Promise.resolve(sleeping).then(() => clock.now());

    assert.is(await wait(), true);

    assert.is(clock.now(), 20);
    await slept;
  });
});

/** Waits that end only when their greenlets end, which wait for the hub to be idle. */
const waitsForIdlers: Record<string, () => Operation<unknown>> = {
  'join()': () => spawn(() => wait()).join(),
  'joinall()': () => joinall([spawn(() => wait())]),
  'wait()': () => wait([spawn(() => wait())]),
  'a step of iwait()': () => iwait([spawn(() => wait())]).next(),
  'all()': () => all([() => wait(), () => wait()]),
  'race()': () => race([() => wait(), () => wait()]),
  'race() that is decided': () => race([() => shield(wait()), () => sleep(1)]),
  'map()': () => new Pool(2).map(() => wait(), [1, 2]),
  'a step of imap()': () => new Pool(2).imap(() => wait(), [1, 2]).next(),
  'nursery()': () => nursery((children) => void children.spawn(() => wait())),
};

for (const [name, make] of Object.entries(waitsForIdlers)) {
  test(`wait() without a list ends where only ${name} waits, for greenlets that wait for the same`, () =>
    onVirtualTime(async (clock) => {
      const gr = spawn(make);
      await sleep(10);

      assert.is(await wait(undefined, { timeout: 100 }), true);
      await gr;
      assert.is(clock.now(), 10);
    }));
}

test('a greenlet in wait() shows which objects are not ready, and how many', async () => {
  const [event, queue] = [new Event(), new Queue<number>()];
  const worker = spawn(() => event.wait());
  const joiner = spawn(() => worker.join());
  const waiter = spawn(() => wait([worker, event, queue]));
  waiter.name = 'waiter';
  await sleep(0);
  const before = String(waiter);
  queue.putNowait(1);
  const after = String(waiter);
  event.set();
  await joiner;
  await waiter;

  assert.is(
    before,
    `Greenlet#${waiter.id} "waiter" { waiting for 3 of 3 to be ready (${worker.name}, ${event.name}, ${queue.name}) }`,
  );
  assert.is(after, `Greenlet#${waiter.id} "waiter" { waiting for 2 of 3 to be ready (${worker.name}, ${event.name}) }`);
});

test('a greenlet that waits for some of several objects shows how many are missing', async () => {
  const events = [1, 2, 3, 4].map(() => new Event()) as [Event, Event, Event, Event];
  const [first, , third, fourth] = events;
  const waiter = spawn(() => wait([...events, sleep(60_000)], { count: 3 }));
  waiter.name = 'waiter';
  await sleep(0);
  const before = String(waiter);
  events[1].set();
  const after = String(waiter);
  waiter.kill();
  await waiter.join();

  const { name } = events[1];
  const all = `${first.name}, ${name}, ${third.name}, ${fourth.name}, an operation`;
  assert.is(before, `Greenlet#${waiter.id} "waiter" { waiting for 3 of 5 to be ready (${all}) }`);
  assert.is(after, before.replace(`${name}, `, '').replace('3 of', '2 of'));
});

test('iwait() gives the waitables one by one, as they become ready', async () => {
  await onVirtualTime(async (clock) => {
    const seen: number[][] = [];

    for await (const gr of each(iwait([ending(30), ending(10), ending(20)]))) seen.push([gr.value ?? -1, clock.now()]);

    assert.equal(seen, [
      [10, 10],
      [20, 20],
      [30, 30],
    ]);
  });
});

test('iwait() gives objects that became ready between two steps', async () => {
  await onVirtualTime(async () => {
    const jobs = [ending(30), ending(10), ending(20)];
    const iteration = iwait(jobs);
    const seen: unknown[] = [(await iteration.next()).value?.value];
    await sleep(50);
    for (let step = await iteration.next(); step.done !== true; step = await iteration.next()) {
      seen.push(step.value.value);
    }

    assert.equal(seen, [10, 20, 30]);
    assert.equal(await iteration.next(), { done: true, value: undefined });
  });
});

test('iwait() with count ends after that many', async () => {
  await onVirtualTime(async () => {
    const jobs = [ending(30), ending(10), ending(20)];
    const seen: unknown[] = [];

    for await (const gr of each(iwait(jobs, { count: 2 }))) seen.push(gr.value);

    assert.equal(seen, [10, 20]);
    await joinall(jobs);
  });
});

test('iwait() with a timeout ends when the time is up, counted over all steps', async () => {
  await onVirtualTime(async (clock) => {
    const jobs = [ending(30), ending(10), ending(20)];
    const seen: unknown[] = [];

    for await (const gr of each(iwait(jobs, { timeout: 25 }))) seen.push(gr.value);

    assert.equal(seen, [10, 20]);
    assert.is(clock.now(), 25);
    await joinall(jobs);
  });
});

test('iwait() of nothing, and with count 0 or timeout 0, ends at once', async () => {
  const pending = new Event();
  for (const iteration of [iwait([]), iwait([pending], { count: 0 }), iwait([pending], { timeout: 0 })]) {
    assert.equal(await iteration.next(), { done: true, value: undefined });
  }
});

test('iwait() with timeout 0 gives the ready objects', async () => {
  const ready = new Event();
  ready.set();
  const seen: unknown[] = [];

  for await (const event of iwait([new Event(), ready], { timeout: 0 })) seen.push(event);

  assert.equal(seen, [ready]);
});

test('breaking off an iwait() cancels the operations that it started', async () => {
  await onVirtualTime(async () => {
    for await (const _ of iwait([sleep(10), sleep(1_000_000)])) break;
    await sleep(0);

    assert.is(hub.timers.size, 0);
  });
});

test('a step of iwait() that is cancelled has taken nothing', async () => {
  const event = new Event();
  const iteration = iwait([event]);
  const gr = spawn(() => iteration.next());
  await sleep(0);

  await gr.kill();
  event.set();

  assert.equal(await iteration.next(), { done: false, value: event });
});

test('two greenlets may share an iwait(), and each thing is given once', async () => {
  const events = [new Event(), new Event()];
  const iteration = iwait(events);
  const a = spawn(() => iteration.next());
  const b = spawn(() => iteration.next());
  await sleep(0);

  events[1]?.set();
  events[0]?.set();

  assert.is((await a).value, events[1]);
  assert.is((await b).value, events[0]);
});

test('two greenlets that share an iwait() both learn that it has ended', async () => {
  await onVirtualTime(async () => {
    const event = new Event();
    const iteration = iwait([event]);
    const a = spawn(() => iteration.next());
    const b = spawn(() => iteration.next());
    await sleep(0);

    event.set();

    assert.is((await a).value, event);
    const second = await withTimeout(10, b, { timeoutValue: 'never told' });
    b.kill();
    assert.equal(second, { done: true, value: undefined });
  });
});

test('two greenlets that share an iwait() both see its timeout', async () => {
  await onVirtualTime(async () => {
    const iteration = iwait([new Event()], { timeout: 10 });
    const a = spawn(() => iteration.next());
    const b = spawn(() => iteration.next());

    await joinall([a, b], { timeout: 100 });

    assert.equal([a.exception, b.exception], [null, null]);
    assert.equal([a.value?.done, b.value?.done], [true, true]);
  });
});

test('return() of an iwait() ends the wait for its next step', async () => {
  const iteration = iwait([new Event()]);
  const a = spawn(() => iteration.next());
  await sleep(0);

  try {
    iteration.return();

    assert.equal(await a, { done: true, value: undefined });
  } finally {
    a.kill();
  }
});

test('a timeout of wait() does not throw, and one of withTimeout around it does', async () => {
  await onVirtualTime(async () => {
    const never = new Event();

    assert.instance(await failureOf(withTimeout(10, wait([never]))), Timeout);
    assert.is(hub.timers.size, 0);
  });
});

test.run();
