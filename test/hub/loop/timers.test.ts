import * as assert from 'uvu/assert';
import { type Clock, Timers } from '../../../lib/hub/loop/timers.ts';
import type { Waiter, WaitQueue } from '../../../lib/hub/loop/wait-queue.ts';
import { getHub, sleep, spawn } from '../../../lib/index.ts';
import { VirtualClock } from '../../../lib/testing/index.ts';
import { suite } from '../../support/harness.ts';

const test = suite('Timers');

/** A clock that the test sets. */
class HandClock implements Clock {
  time = 0;
  armedFor: number | null = null;
  private fn: (() => void) | null = null;

  now(): number {
    return this.time;
  }

  arm(ms: number, fn: () => void): void {
    this.armedFor = this.time + ms;
    this.fn = fn;
  }

  disarm(): void {
    this.armedFor = null;
    this.fn = null;
  }

  /** Sets the time, and calls the hub if the armed time has passed. */
  turnTo(time: number): void {
    this.time = time;
    if (this.armedFor === null || this.armedFor > time) return;
    const { fn } = this;
    this.disarm();
    fn?.();
  }
}

class Timer implements Waiter {
  queue: WaitQueue | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly notify: () => void;

  constructor(notify: () => void) {
    this.notify = notify;
  }
}

function setUp() {
  const clock = new HandClock();
  const log: string[] = [];
  const timers: Timers = new Timers(clock, () => {
    while (timers.fireNext()) {}
    timers.settle();
  });
  const start = (name: string, ms: number): Timer => {
    const timer = new Timer(() => log.push(name));
    timers.start(timer, ms);
    timers.settle();
    return timer;
  };
  return { clock, log, timers, start };
}

test('timers fire by deadline, and timers of one deadline in the order in which they were started', () => {
  const { clock, log, start, timers } = setUp();
  start('c', 20);
  start('a', 10);
  start('b', 10);

  clock.turnTo(9);
  assert.equal(log, []);
  clock.turnTo(10);
  assert.equal(log, ['a', 'b']);
  clock.turnTo(20);

  assert.equal(log, ['a', 'b', 'c']);
  assert.is(timers.size, 0);
});

test('when several deadlines have passed, all fire in order', () => {
  const { clock, log, start } = setUp();
  for (const ms of [5, 3, 9, 1, 7]) start(String(ms), ms);

  clock.turnTo(100);

  assert.equal(log, ['1', '3', '5', '7', '9']);
});

test('a clock is never armed for a negative time, even if the deadline passes meanwhile', () => {
  const armed: number[] = [];
  let time = 0;
  const clock: Clock = {
    now: () => time,
    arm: (ms) => void armed.push(ms),
    disarm() {},
  };
  const timers = new Timers(clock, () => {});
  timers.start(new Timer(() => {}), 5);
  time = 8;

  timers.settle();

  assert.equal(armed, [0]);
});

test('fireNext() fires the timers of one deadline, and says whether more are due', () => {
  const clock = new HandClock();
  const log: string[] = [];
  const timers = new Timers(clock, () => {});
  for (const ms of [5, 3, 3, 9]) timers.start(new Timer(() => log.push(String(ms))), ms);
  const stopped = new Timer(() => log.push('stopped'));
  timers.start(stopped, 4);
  timers.stop(stopped);
  clock.time = 6;

  assert.is(timers.fireNext(), true);
  assert.equal(log, ['3', '3']);
  assert.is(timers.fireNext(), false);
  assert.equal(log, ['3', '3', '5']);
  assert.is(timers.fireNext(), false);

  assert.equal(log, ['3', '3', '5']);
  assert.is(timers.size, 1);
});

test('fractions are rounded up, so that nothing is early', () => {
  const { clock, log, start } = setUp();
  start('a', 1.2);

  clock.turnTo(1.9);
  assert.equal(log, []);
  clock.turnTo(2);

  assert.equal(log, ['a']);
});

test('a stopped timer does not fire, and stopping it again does nothing', () => {
  const { clock, log, start, timers } = setUp();
  const stopped = start('stopped', 10);
  start('other', 10);

  timers.stop(stopped);
  timers.stop(stopped);
  assert.is(timers.size, 1);
  clock.turnTo(10);
  timers.stop(stopped);

  assert.equal(log, ['other']);
  assert.is(timers.size, 0);
});

test('the clock is armed for the nearest deadline, and disarmed when there is none', () => {
  const { clock, start, timers } = setUp();
  const late = start('late', 30);
  assert.is(clock.armedFor, 30);
  const early = start('early', 10);
  assert.is(clock.armedFor, 10);

  timers.stop(early);
  timers.stop(late);
  timers.settle();

  assert.is(clock.armedFor, null);
});

test('a timer that another one stops as it fires does not fire, be it due at the same time or not', () => {
  const { clock, log, timers } = setUp();
  const same = new Timer(() => log.push('same'));
  const next = new Timer(() => log.push('next'));
  timers.start(
    new Timer(() => {
      timers.stop(same);
      timers.stop(next);
    }),
    10,
  );
  timers.start(same, 10);
  timers.start(next, 11);
  timers.settle();

  clock.turnTo(20);

  assert.equal(log, []);
  assert.is(timers.size, 0);
});

test('a timer that is started as another fires does so in its own time', () => {
  const { clock, log, timers } = setUp();
  timers.start(
    new Timer(() => {
      timers.start(new Timer(() => log.push('second')), 5);
    }),
    10,
  );
  timers.settle();

  clock.turnTo(10);
  assert.equal(log, []);
  clock.turnTo(15);

  assert.equal(log, ['second']);
});

test('a millisecond that lost all its timers can get new ones', () => {
  const { clock, log, start, timers } = setUp();
  start('keeps the heap', 5);
  timers.stop(start('stopped', 10));
  start('new', 10);

  clock.turnTo(10);

  assert.equal(log, ['keeps the heap', 'new']);
});

test('many timers, most of them stopped, fire in order', () => {
  const { clock, log, timers } = setUp();
  const expected: number[] = [];
  let seed = 1;
  for (let count = 0; count < 5_000; count += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const ms = (seed % 3_000) + 1;
    const timer = new Timer(() => log.push(String(ms)));
    timers.start(timer, ms);
    if (count % 10 === 0) expected.push(ms);
    else timers.stop(timer);
  }
  assert.is(timers.size, expected.length);

  for (let time = 0; time <= 3_010; time += 7) {
    clock.turnTo(time);
    timers.settle();
  }

  expected.sort((a, b) => a - b);
  assert.is(log.join(' '), expected.join(' '));
  assert.is(timers.size, 0);
  assert.is(timers.nearest(), Infinity);
});

test('timers that are running while the clock is changed keep the time they have left', async () => {
  const ends: string[] = [];
  const sleeper = (name: string, ms: number) =>
    spawn(function* () {
      yield* sleep(ms);
      ends.push(name);
    });
  const clock = VirtualClock.install({ autojump: false });
  const greenlets = [sleeper('late', 70_000), sleeper('early', 60_000), sleeper('early too', 60_000)];
  await clock.advance(50_000);
  clock.uninstall();
  const second = VirtualClock.install({ autojump: false, start: 1_000 });

  // The host's clock ran between the two, for as long as the machine took.
  await second.advance(9_000);
  assert.equal(ends, []);
  assert.is(getHub().timers.size, 3);
  await second.advance(1_001);
  assert.equal(ends, ['early', 'early too']);
  await second.advance(10_000);

  assert.equal(ends, ['early', 'early too', 'late']);
  assert.is(getHub().timers.size, 0);
  second.uninstall();
  await Promise.all(greenlets);
});

test.run();
