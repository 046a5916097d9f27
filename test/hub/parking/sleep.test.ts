import * as assert from 'uvu/assert';
import { getHub, idle, sleep, spawn } from '../../../lib/index.ts';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('sleep, idle');
const hub = getHub();

test('sleep() takes that many milliseconds', async () => {
  await onVirtualTime(async (clock) => {
    await sleep(250);

    assert.is(clock.now(), 250);
  });
});

test('sleep() of the host’s clock is never early', async () => {
  for (const ms of [1, 1.5, 7]) {
    const began = performance.now();
    await sleep(ms);
    assert.ok(performance.now() - began >= ms);
  }
});

test('sleep(0) goes to the back of the run queue', async () => {
  const log: string[] = [];
  const run = function* (name: string) {
    log.push(`${name}1`);
    yield* sleep(0);
    log.push(`${name}2`);
  };

  await Promise.all([spawn(run, 'a'), spawn(run, 'b'), spawn(run, 'c')]);

  assert.equal(log, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
});

test('sleepers wake by deadline, and sleepers of one deadline in the order in which they began', async () => {
  await onVirtualTime(async () => {
    const log: string[] = [];
    const run = function* (name: string, ms: number) {
      yield* sleep(ms);
      log.push(name);
    };

    await Promise.all([
      spawn(run, 'late', 20),
      spawn(run, 'a', 10),
      spawn(run, 'b', 10),
      spawn(run, 'early', 5),
      spawn(run, 'c', 10),
    ]);

    assert.equal(log, ['early', 'a', 'b', 'c', 'late']);
  });
});

for (const ms of [NaN, -1, -Infinity]) {
  test(`sleep(${ms}) is a RangeError at the caller`, () => {
    assert.instance(
      thrownBy(() => sleep(ms)),
      RangeError,
    );
  });
}

test('sleep() of a value that is not a number throws a TypeError at the caller', () => {
  assert.instance(
    thrownBy(() => sleep('5' as never)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => sleep(undefined as never)),
    TypeError,
  );
});

test('sleep(Infinity) sleeps until killed and starts no timer', async () => {
  const gr = spawn(() => sleep(Infinity));
  await sleep(0);

  assert.is(hub.timers.size, 0);
  await gr.kill();
  assert.is(gr.dead, true);
});

test('sleeps beyond the maximum of host timers last as long as they should', async () => {
  await onVirtualTime(async (clock) => {
    await sleep(2 ** 40);

    assert.is(clock.now(), 2 ** 40);
  });
});

test('killing a sleeper clears its timer', async () => {
  const gr = spawn(() => sleep(1_000_000));
  await sleep(0);
  assert.is(hub.timers.size, 1);

  gr.kill();

  assert.is(hub.timers.size, 0);
  await gr.join();
});

test('a hundred thousand sleepers wake, each once', async () => {
  await onVirtualTime(async () => {
    let woken = 0;
    const run = function* (ms: number) {
      yield* sleep(ms);
      woken += 1;
    };
    const jobs = Array.from({ length: 100_000 }, (_, index) => spawn(run, index % 1_000));

    await Promise.all(jobs);

    assert.is(woken, 100_000);
  });
});

test('idle() waits until nothing else is ready', async () => {
  const log: string[] = [];
  const busy = spawn(function* () {
    for (let round = 0; round < 1_000; round += 1) yield* sleep(0);
    log.push('busy');
  });
  const idler = spawn(function* () {
    yield* idle();
    log.push('idle');
  });

  await idler;
  await busy;

  assert.equal(log, ['busy', 'idle']);
});

test('idle() lets the event loop turn', async () => {
  const log: string[] = [];
  setImmediate(() => log.push('turn'));

  await idle();
  log.push('idle');

  assert.equal(log, ['turn', 'idle']);
});

test('idle() continues while other greenlets sleep', async () => {
  const sleeper = spawn(() => sleep(1_000_000));

  await idle();

  assert.is(sleeper.dead, false);
  await sleeper.kill();
});

test('a greenlet that idles can be killed', async () => {
  const gr = spawn(function* () {
    for (;;) yield* idle();
  });
  await sleep(0);

  await gr.kill();

  assert.is(gr.dead, true);
});

test('an idle() that was cancelled leaves nothing in the hub', async () => {
  const idler = spawn(() => idle());
  await sleep(0);

  await idler.kill();

  assert.is(hub.hasIdlers, false);
});

test('several greenlets may idle at once, and each continues', async () => {
  const jobs = [1, 2, 3].map((value) =>
    spawn(function* () {
      yield* idle();
      yield* idle();
      return value;
    }),
  );

  assert.equal(await Promise.all(jobs), [1, 2, 3]);
});

test.run();
