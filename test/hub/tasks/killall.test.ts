import * as assert from 'uvu/assert';
import {
  Greenlet,
  GreenletExit,
  getHub,
  greenlet,
  killall,
  shield,
  sleep,
  spawn,
  spawnLater,
  Timeout,
} from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('killall');
const hub = getHub();
const forever = () => sleep(Infinity);

test('killall() acts at once, and greenlets that have not run yet never run', () => {
  let ran = 0;
  const run = (): void => {
    ran += 1;
  };
  const jobs = [new Greenlet(run), spawn(run), spawnLater(10, run)];

  killall(jobs);

  assert.is(
    jobs.every((gr) => gr.dead),
    true,
  );
  assert.is(ran, 0);
  assert.is(hub.timers.size, 0);
});

test('killall() is waited for: they are all dead then, their cleanup run', async () => {
  await onVirtualTime(async (clock) => {
    let cleaned = 0;
    const jobs = [1, 2, 3].map((ms) =>
      spawn(function* () {
        try {
          yield* forever();
        } finally {
          yield* shield(sleep(ms));
          cleaned += 1;
        }
      }),
    );
    await sleep(0);

    assert.is(await killall(jobs), undefined);

    assert.is(cleaned, 3);
    assert.is(clock.now(), 3);
  });
});

test('killall() raises a GreenletExit, or the reason', async () => {
  const reason = new Error('reason');
  const [a, b] = [spawn(forever), spawn(forever)];
  await sleep(0);

  await killall([a]);
  await killall([b], { reason });

  assert.instance(a.exception, GreenletExit);
  assert.is(b.exception, reason);
});

test('killall() takes any iterable, an empty one and dead ones included', async () => {
  const dead = spawn(() => 1);
  await dead;

  assert.is(await killall([]), undefined);
  assert.is(await killall(new Set([dead])), undefined);
  assert.is(await killall([dead, dead]), undefined);
});

test('killall({ timeout }) throws Timeout when one is still alive by then', async () => {
  await onVirtualTime(async () => {
    const stubborn = spawn(() => shield(sleep(50)));
    const mild = spawn(forever);
    await sleep(0);

    const error = await failureOf(killall([stubborn, mild], { timeout: 10 }));

    assert.instance(error, Timeout);
    assert.is(mild.dead, true);
    assert.is(stubborn.dead, false);
    await stubborn.join();
  });
});

test('killall({ timeout }) throws nothing when all are dead in time', async () => {
  await onVirtualTime(async () => {
    const job = spawn(() => shield(sleep(5)));
    await sleep(0);

    assert.is(await killall([job], { timeout: 10 }), undefined);
  });
});

test('killall({ timeout: 0 }) polls', async () => {
  await onVirtualTime(async () => {
    const stubborn = spawn(() => shield(sleep(5)));
    await sleep(0);

    assert.instance(await failureOf(killall([stubborn], { timeout: 0 })), Timeout);
    assert.is(await killall([new Greenlet(forever)], { timeout: 0 }), undefined);
    await stubborn.join();
  });
});

for (const timeout of [NaN, -1]) {
  test(`killall() with a timeout of ${timeout} throws a RangeError and kills no greenlet`, async () => {
    const job = spawn(() => 'alive');

    assert.instance(
      thrownBy(() => killall([job], { timeout })),
      RangeError,
    );

    assert.is(await job, 'alive');
  });
}

test('killall() that includes the caller kills it at its next suspension', async () => {
  const log: string[] = [];
  const other = spawn(forever);
  const me: Greenlet<void> = spawn(function* () {
    const killed = killall([me, other]);
    log.push('still here');
    yield* killed;
    log.push('never');
  });

  await me.join();
  await other.join();

  assert.equal(log, ['still here']);
  assert.instance(me.exception, GreenletExit);
});

test('errors in the cleanup of killed greenlets go to the waiter for killall(), and are not reported', async () => {
  const gr = spawn(function* () {
    try {
      yield* forever();
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: the error is what is tested
      throw new Error('in cleanup');
    }
  });
  await sleep(0);

  await killall([gr]);

  assert.is((gr.exception as Error).message, 'in cleanup');
});

test('killall() refuses greenlets that the hub does not run, and then kills none', async () => {
  const gr = spawn(() => sleep(1));

  const error = thrownBy(() => killall([gr, greenlet(function* () {})] as Greenlet[]));

  assert.instance(error, TypeError);
  await gr;
});

test.run();
