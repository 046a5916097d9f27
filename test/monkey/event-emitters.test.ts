import events, { EventEmitter, on as namedOn, once as namedOnce } from 'node:events';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { Event, forEach, GreenletExit, sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import { getOriginal } from '../../lib/monkey/index.ts';
import { failureOf } from '../support/failure.ts';
import { letTheHubGather } from '../support/gathering.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';

const all = suite('event-emitters');
const test = patching(all);

type Failure = NodeJS.ErrnoException;

const listenersOf = (emitter: EventEmitter): number =>
  emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0);

for (const [what, once] of [
  ['events.once', (emitter: EventEmitter, name: string, options?: object) => events.once(emitter, name, options)],
  ['a named import', (emitter: EventEmitter, name: string, options?: object) => namedOnce(emitter, name, options)],
  [
    'EventEmitter.once',
    (emitter: EventEmitter, name: string, options?: object) => EventEmitter.once(emitter, name, options),
  ],
] as const) {
  test(`${what} gives the event’s arguments, and leaves no listener`, async () => {
    const emitter = new EventEmitter();
    const gr = spawn(() => once(emitter, 'event'));
    await sleep(0);

    emitter.emit('event', 1, 'two');

    assert.equal(await gr, [1, 'two']);
    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} throws the error of the emitter, and leaves no listener`, async () => {
    const emitter = new EventEmitter();
    const boom = new Error('boom');
    const gr = spawn(() => once(emitter, 'event'));
    await sleep(0);

    emitter.emit('error', boom);

    assert.is(await failureOf(gr), boom);
    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} removes its listeners when its waiter is killed`, async () => {
    const emitter = new EventEmitter();
    const gr = spawn(() => once(emitter, 'event'));
    await sleep(0);
    assert.is(listenersOf(emitter), 2);

    await gr.kill();

    assert.is(listenersOf(emitter), 0);
    assert.instance(gr.exception, GreenletExit);
  });

  test(`${what} removes its listeners when its waiter is timed out`, async () => {
    const emitter = new EventEmitter();

    const gr = spawn(function* () {
      return yield* outcomeOf(withTimeout(1, once(emitter, 'event')));
    });

    assert.instance((await gr).error, Timeout);
    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} in a Promise.all, or not waited for, is ended by a kill`, async () => {
    const emitter = new EventEmitter();
    const gr = spawn(function* () {
      void once(emitter, 'one');
      yield* Promise.race([once(emitter, 'two'), once(emitter, 'three')]);
    });
    await sleep(0);
    assert.is(listenersOf(emitter), 6);

    await gr.kill();

    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} honours a signal of the program, and refuses other values`, async () => {
    const emitter = new EventEmitter();
    const controller = new AbortController();
    const gr = spawn(() => once(emitter, 'event', { signal: controller.signal }));
    await sleep(0);
    controller.abort(new Error('enough'));

    const error = (await failureOf(gr)) as Failure;

    assert.equal([error.name, error.code, (error.cause as Error).message], ['AbortError', 'ABORT_ERR', 'enough']);
    assert.is(listenersOf(emitter), 0);
    for (const options of [{ signal: 'none' }, { signal: {} }]) {
      const wrong = (await failureOf(spawn(() => once(emitter, 'event', options)))) as Failure;
      assert.is(wrong.code, 'ERR_INVALID_ARG_TYPE');
    }
  });
}

test('once() of an EventTarget gives the event, and removes its listener when its waiter is killed', async () => {
  const target = new EventTarget();
  const gr = spawn(() => events.once(target as never, 'event'));
  const killed = spawn(() => events.once(target as never, 'event'));
  await sleep(0);
  assert.is(events.getEventListeners(target, 'event').length, 2);

  await killed.kill();
  assert.is(events.getEventListeners(target, 'event').length, 1);
  const event = new globalThis.Event('event');
  target.dispatchEvent(event);

  assert.equal(await gr, [event]);
  assert.is(events.getEventListeners(target, 'event').length, 0);
});

for (const [what, on] of [
  ['events.on', (emitter: EventEmitter, options?: object) => events.on(emitter, 'event', options)],
  ['a named import of on', (emitter: EventEmitter, options?: object) => namedOn(emitter, 'event', options)],
] as const) {
  test(`${what} works with forEach, and removes its listeners when the greenlet is killed in it`, async () => {
    const emitter = new EventEmitter();
    const two = new Event();
    const seen: unknown[] = [];
    const gr = spawn(() =>
      forEach(on(emitter), (args) => {
        seen.push(args);
        if (seen.length === 2) two.set();
      }),
    );
    await sleep(0);
    emitter.emit('event', 1);
    emitter.emit('event', 2, 'two');
    await two.wait();
    assert.is(listenersOf(emitter), 2);

    await gr.kill();

    assert.equal(seen, [[1], [2, 'two']]);
    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} removes its listeners when its greenlet is killed, whatever the greenlet does then`, async () => {
    const emitter = new EventEmitter();
    for (const step of [true, false]) {
      const gr = spawn(function* () {
        const iterator = on(emitter);
        if (step) yield* iterator.next();
        yield* sleep(100_000);
      });
      await sleep(0);
      assert.is(listenersOf(emitter), 2);

      await gr.kill();

      assert.is(listenersOf(emitter), 0);
    }
  });

  test(`${what} ends with its close events, and releases the greenlet`, async () => {
    const emitter = new EventEmitter();
    const gr = spawn(function* () {
      const ends: unknown[] = [];
      for (let n = 0; n < 3; n += 1) {
        const iterator = on(emitter, { close: ['close'] });
        process.nextTick(() => emitter.emit('close'));
        ends.push(yield* iterator.next());
      }
      return ends;
    });

    assert.equal(
      await gr,
      [1, 2, 3].map(() => ({ done: true, value: undefined })),
    );
    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} throws the error of the emitter and the abort of the program’s own signal`, async () => {
    const emitter = new EventEmitter();
    const boom = new Error('boom');
    const failing = spawn(() => forEach(on(emitter), () => {}));
    await sleep(0);
    emitter.emit('error', boom);
    assert.is(await failureOf(failing), boom);

    const controller = new AbortController();
    const aborted = spawn(() => forEach(on(emitter, { signal: controller.signal }), () => {}));
    await sleep(0);
    controller.abort();
    assert.is(((await failureOf(aborted)) as Failure).name, 'AbortError');
    assert.is(listenersOf(emitter), 0);
  });

  test(`${what} works in a for await, outside and in async functions that greenlets call`, async () => {
    const emitter = new EventEmitter();
    const collect = async (): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for await (const [value] of on(emitter)) {
        seen.push(value);
        if (value === 2) break;
      }
      return seen;
    };
    const outside = collect();
    const inside = spawn(collect);
    await sleep(0);
    emitter.emit('event', 1);
    emitter.emit('event', 2);

    assert.equal(await outside, [1, 2]);
    assert.equal(await inside, [1, 2]);
    assert.is(listenersOf(emitter), 0);
  });
}

test('events.on refuses wrong arguments in greenlets as outside', async () => {
  const emitter = new EventEmitter();
  for (const options of [{ signal: 'none' }, { highWaterMark: -1 }]) {
    const outside = await failureOf(Promise.resolve().then(() => events.on(emitter, 'event', options as never)));
    const inside = await failureOf(spawn(() => events.on(emitter, 'event', options as never)));
    assert.is((inside as Failure).code, (outside as Failure).code);
  }
});

test('the patched functions look like the originals, and are Node’s outside', async () => {
  for (const name of ['once', 'on'] as const) {
    const original = getOriginal<(...args: unknown[]) => unknown>('events', name);
    const patched = events[name] as unknown as typeof original;
    assert.is.not(patched, original);
    assert.equal([patched.name, patched.length], [original.name, original.length]);
    assert.equal(Reflect.ownKeys(patched), Reflect.ownKeys(original));
  }
  const emitter = new EventEmitter();
  const promise = events.once(emitter, 'event');
  emitter.emit('event');
  assert.is(Object.hasOwn(promise, Symbol.iterator), false);
  assert.is(
    inspect(events.on(emitter, 'event')),
    inspect(getOriginal<typeof events.on>('events', 'on')(emitter, 'event')),
  );
  assert.equal(await promise, []);
});

test('where much comes a loop that waits for each event of a turn misses none', async () => {
  const emitter = new EventEmitter();
  const seen: unknown[] = [];
  const gr = spawn(function* () {
    for (let count = 0; count < 3; count += 1) seen.push((yield* events.once(emitter, 'event'))[0]);
  });
  await letTheHubGather();

  // Each in its own job, as with events of a turn of the event loop.
  for (const number of [1, 2, 3]) setImmediate(() => emitter.emit('event', number));
  await gr;

  assert.equal(seen, [1, 2, 3]);
});

all.run();
