import * as assert from 'uvu/assert';
import { AsyncResult, Barrier, BrokenBarrierError, Event, killall, sleep, spawn, Timeout } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { eventually, inTime, pause, several } from './steps.ts';

const test = suite('explore/events');

test('an Event that is set wakes all earlier and later waiters', async () => {
  await exploreMany('an Event', function* (random) {
    const event = new Event();
    let woken = 0;
    const waiters = several(3, function* () {
      yield* pause(random);
      const timeout = random.pick([0, 1, 3, Infinity]);
      const waited = yield* inTime(random, event.wait({ timeout }));
      if (waited?.value === true) woken += 1;
      else if (waited !== null) assert.is.not(timeout, Infinity);
      else assert.is(waited, null);
    });
    yield* pause(random);
    event.set();
    // A later waiter need not wait, even with timeout 0.
    assert.is(yield* event.wait({ timeout: 0 }), true);
    yield* allEnded(waiters);
    assert.ok(woken <= 3);
    assertNoTrace(event);
  });
});

test('an AsyncResult gives all waiters the same value, once', async () => {
  await exploreMany('an AsyncResult', function* (random) {
    const result = new AsyncResult<number>();
    const failure = new Error('failed');
    const fails = random.chance(0.5);
    const got: unknown[] = [];
    let linked = 0;
    result.link(() => {
      linked += 1;
    });
    const waiters = several(3, function* () {
      yield* pause(random);
      try {
        const given = yield* inTime(random, result.get({ timeout: random.pick([1, 3, Infinity]) }));
        if (given !== null) got.push(given.value);
      } catch (error) {
        if (error instanceof Timeout) return;
        if (error !== failure) throw error;
        got.push(error);
      }
    });
    const setter = spawn(function* () {
      yield* pause(random);
      if (result.ready()) return;
      if (fails) result.setException(failure);
      else result.set(42);
    });
    yield* sleep(4);
    if (!result.ready()) result.set(42);
    yield* allEnded([...waiters, setter]);
    yield* eventually(() => linked > 0);
    const expected = result.successful() ? 42 : failure;
    assert.ok(got.every((outcome) => outcome === expected));
    assert.is(linked, 1);
    assertNoTrace(result);
  });
});

test('a Barrier lets all parties continue, each with its own number, or breaks', async () => {
  await exploreMany('a Barrier', function* (random) {
    const barrier = new Barrier(2);
    const numbers: number[] = [];
    let broken = 0;
    const parties = several(4, function* () {
      yield* pause(random);
      try {
        const number = yield* barrier.wait();
        numbers.push(number);
      } catch (error) {
        if (!(error instanceof BrokenBarrierError)) throw error;
        broken += 1;
      }
    });
    yield* sleep(6);
    yield* killall(parties);
    yield* allEnded(parties);
    const zeros = numbers.filter((number) => number === 0).length;
    assert.is(numbers.length, 2 * zeros);
    if (parties.every((party) => party.successful()) && broken === 0) assert.is(zeros, 2);
    assertNoTrace(barrier);
  });
});

test.run();
