import * as assert from 'uvu/assert';
import {
  type Coroutine,
  call,
  Event,
  type Greenlet,
  GreenletExit,
  getcurrent,
  getHub,
  greenlet,
  Lock,
  type Operation,
  Queue,
  shield,
  sleep,
  spawn,
  withTimeout,
} from '../../../lib/index.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('level-triggered cancellation');
const hub = getHub();
const forever = () => sleep(Infinity);

test('kill() raises a GreenletExit where the greenlet is suspended; finally and catch run', async () => {
  const log: unknown[] = [];
  const gr = spawn(function* () {
    try {
      yield* forever();
    } catch (error) {
      log.push(error instanceof GreenletExit);
      throw error;
    } finally {
      log.push('finally');
    }
  });
  await sleep(0);

  await gr.kill();

  assert.equal(log, [true, 'finally']);
  assert.instance(gr.exception, GreenletExit);
  assert.is(gr.successful(), false);
});

test('kill() raises the reason instead, be it an error, a subclass of GreenletExit or no error at all', async () => {
  class Stop extends GreenletExit {}
  for (const reason of [new Error('reason'), new Stop(), 'text', 0, false]) {
    let caught: unknown;
    const gr = spawn(function* () {
      try {
        yield* forever();
      } catch (error) {
        caught = error;
        throw error;
      }
    });
    await sleep(0);

    await gr.kill({ reason });

    assert.is(caught, reason);
    assert.is(gr.exception, reason);
  }
});

test('kill() acts at once and need not be waited for', async () => {
  const gr = spawn(forever);
  await sleep(0);

  gr.kill();
  await sleep(0);

  assert.is(gr.dead, true);
});

test('a greenlet that carries on is raised at its next suspension again, until it is dead', async () => {
  let caught = 0;
  const gr = spawn(function* () {
    for (let round = 0; round < 5; round += 1) {
      try {
        yield* forever();
      } catch {
        caught += 1;
      }
    }
    yield* forever();
  });
  await sleep(0);

  await gr.kill();

  assert.is(caught, 5);
  assert.instance(gr.exception, GreenletExit);
});

/** A loop that catches everything stops by itself after far too many rounds. */
const ROUNDS = 20_000;

/** Runs an operation again and again, whatever it throws. */
function* catching(op: () => Operation<unknown> | Coroutine<unknown>, count: () => void): Coroutine<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      yield* op();
    } catch {
      count();
    }
  }
}

const stubborn: Record<string, (count: () => void) => Coroutine<void>> = {
  'a plain operation': (count) => catching(() => sleep(1_000_000), count),
  'a call()': (count) => catching(() => call(() => sleep(1_000_000)), count),
  'a withTimeout()': (count) => catching(() => withTimeout(1_000, sleep(1_000_000)), count),
  'an operation, in a nested call()': function* (count) {
    yield* call(catching, () => sleep(1_000_000), count);
  },
  'sleep(0)': function* (count) {
    // Bounded by what it catches: a loop of sleep(0) makes many rounds before the kill.
    for (let caught = 0; caught < ROUNDS; ) {
      try {
        yield* sleep(0);
      } catch {
        caught += 1;
        count();
      }
    }
  },
  'a generator whose finally blocks in a shield': function* (count) {
    const cleaning = function* (): Coroutine<void> {
      count();
      try {
        yield* sleep(1_000_000);
      } finally {
        yield* shield(sleep(0));
      }
    };
    // Each round is counted, because unwinding is not caught.
    yield* catching(cleaning, () => {});
  },
  'an operation, with cleanup in a shield': function* (count) {
    for (let round = 0; round < ROUNDS; round += 1) {
      try {
        yield* sleep(1_000_000);
      } catch {
        count();
        yield* shield(sleep(0));
      }
    }
  },
};

for (const [what, body] of Object.entries(stubborn)) {
  test(`a kill ends a loop that catches everything around ${what}`, async () => {
    let caught = 0;
    const gr = spawn(body, () => {
      caught += 1;
    });
    await sleep(0);

    await gr.kill();

    assert.is(gr.dead, true);
    assert.ok(caught < ROUNDS, 'the loop ended by itself');
    assert.instance(gr.exception, GreenletExit);
    assert.is(hub.timers.size, 0);
  });
}

test('ending a loop that catches everything runs every finally once, even if it blocks in a shield', async () => {
  await onVirtualTime(async () => {
    const log: string[] = [];
    const gr = spawn(function* () {
      try {
        yield* call(function* () {
          try {
            for (let round = 0; round < ROUNDS; round += 1) {
              try {
                yield* forever();
              } catch {}
            }
          } finally {
            yield* shield(sleep(5));
            log.push('inner');
          }
        });
        log.push('never');
      } finally {
        log.push('outer');
      }
    });
    await sleep(0);

    await gr.kill();

    assert.equal(log, ['inner', 'outer']);
  });
});

test('only a suspension raises in a killed greenlet, not an operation that need not wait', async () => {
  const log: unknown[] = [];
  const event = new Event();
  event.set();
  const gr = spawn(function* () {
    gr.kill();
    log.push(yield* event.wait());
    log.push('still here');
    yield* sleep(0);
    log.push('never');
  });

  await gr.join();

  assert.equal(log, [true, 'still here']);
});

test('a greenlet that kills itself continues until its next suspension', async () => {
  const log: string[] = [];
  const gr: Greenlet<void> = spawn(function* () {
    const killed = gr.kill();
    log.push('still here');
    yield* killed;
    log.push('never');
  });

  await gr.join();

  assert.equal(log, ['still here']);
  assert.instance(gr.exception, GreenletExit);
});

test('a greenlet that was killed but returned a value all the same has that value', async () => {
  const caught = spawn(function* () {
    try {
      yield* forever();
    } catch {}
    return 'value';
  });
  const self: Greenlet<string> = spawn(() => {
    self.kill();
    return 'value';
  });
  await sleep(0);

  await caught.kill();

  assert.is(caught.value, 'value');
  assert.is(caught.successful(), true);
  assert.is(await self, 'value');
});

test('a second kill changes nothing, even while cleanup runs or when the greenlet is dead', async () => {
  const first = new Error('first');
  const event = new Event();
  let cleaned = 0;
  const gr = spawn(function* () {
    try {
      yield* forever();
    } finally {
      yield* shield(event.wait());
      cleaned += 1;
    }
  });
  await sleep(0);

  gr.kill({ reason: first });
  gr.kill({ reason: new Error('second') });
  await sleep(0);
  gr.kill({ reason: new Error('third') });
  event.set();
  await gr.join();
  await gr.kill();

  assert.is(gr.exception, first);
  assert.is(cleaned, 1);
});

test('a greenlet may kill itself in its own finally', async () => {
  const log: string[] = [];
  const gr = spawn(function* () {
    try {
      yield* sleep(0);
    } finally {
      gr.kill();
      log.push('finally');
    }
    log.push('still here');
    yield* sleep(0);
    log.push('never');
  });

  await gr.join();

  assert.equal(log, ['finally', 'still here']);
});

test('two greenlets may kill each other', async () => {
  const log: string[] = [];
  const run = function* (other: () => Greenlet<void>, name: string) {
    try {
      yield* sleep(0);
      other().kill();
      log.push(name);
      yield* forever();
    } finally {
      log.push(`${name} finally`);
    }
  };
  const a: Greenlet<void> = spawn(run, () => b, 'a') as Greenlet<void>;
  const b: Greenlet<void> = spawn(run, () => a, 'b') as Greenlet<void>;

  await a.join();
  await b.join();

  assert.equal(log.filter((line) => line.endsWith('finally')).sort(), ['a finally', 'b finally']);
});

test('a value that was handed over before the kill is received, and the kill is raised at the next suspension', async () => {
  const queue = new Queue<string>();
  const log: string[] = [];
  const gr = spawn(function* () {
    log.push(yield* queue.get());
    log.push('still here');
    log.push(yield* queue.get());
    yield* queue.get();
    log.push('never');
  });
  await sleep(0);

  queue.putNowait('item');
  gr.kill();
  queue.putNowait('needs no wait');
  await gr.join();

  assert.equal(log, ['item', 'still here', 'needs no wait']);
});

test('a killed getter has taken nothing', async () => {
  const queue = new Queue<string>();
  const gr = spawn(() => queue.get());
  await sleep(0);

  gr.kill();
  queue.putNowait('item');
  await gr.join();

  assert.is(queue.getNowait(), 'item');
});

test('a killed putter has put nothing, a killed acquirer holds nothing', async () => {
  const queue = new Queue<number>(1);
  queue.putNowait(1);
  const lock = new Lock();
  await lock.acquire();
  const putter = spawn(() => queue.put(2));
  const acquirer = spawn(() => lock.acquire());
  await sleep(0);

  putter.kill();
  acquirer.kill();
  queue.getNowait();
  lock.release();
  await putter.join();
  await acquirer.join();

  assert.is(queue.qsize(), 0);
  assert.is(lock.locked(), false);
});

test('a greenlet killed right after it was given a lock keeps the lock, and its finally releases it', async () => {
  const lock = new Lock();
  await lock.acquire();
  const gr = spawn(function* () {
    yield* lock.acquire();
    try {
      yield* forever();
    } finally {
      lock.release();
    }
  });
  await sleep(0);

  lock.release();
  gr.kill();
  await gr.join();

  assert.is(lock.locked(), false);
});

test('kill({ timeout }) returns in silence when the time is up', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(() => shield(sleep(50)));
    await sleep(0);

    assert.is(await gr.kill({ timeout: 10 }), undefined);

    assert.is(clock.now(), 10);
    assert.is(gr.dead, false);
    await gr.join();
  });
});

test('the waiter for a kill takes the error of the killed greenlet, and its exit is never reported', async ({
  reported,
}) => {
  const gr = spawn(forever);
  const unwatched = spawn(forever);
  await sleep(0);

  unwatched.kill();
  await gr.kill();
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.is(reported.length, 0);
});

test('a kill with an ordinary error that no greenlet takes is reported', async ({ reported }) => {
  const reason = new Error('reason');
  const gr = spawn(forever);
  await sleep(0);

  gr.kill({ reason });
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.is(reported.splice(0)[0]?.error, reason);
});

test('a kill reaches a greenlet that waits in a raw greenlet it switched to', async () => {
  const log: string[] = [];
  const gr = spawn(function* () {
    const raw = greenlet(function* () {
      try {
        yield* sleep(20);
        log.push('raw went on');
      } catch {
        log.push('raw raised');
      }
    });
    try {
      yield* raw.switch();
      log.push('never');
    } finally {
      log.push('finally');
    }
  });
  await sleep(0);
  await sleep(0);

  await gr.kill();
  await sleep(30);

  assert.equal(log, ['finally', 'raw went on']);
});

test('a kill reaches a greenlet that has switched to main, the hub', async () => {
  const main = getcurrent();
  const gr = spawn(function* () {
    yield* main.switch();
  });
  await sleep(0);

  await gr.kill();

  assert.instance(gr.exception, GreenletExit);
});

test('a kill in the same job as the spawn of the killer and the wake of the killed loses nothing', async () => {
  const event = new Event();
  const log: string[] = [];
  const gr = spawn(function* () {
    yield* event.wait();
    log.push('woken');
    yield* forever();
  });
  await sleep(0);

  spawn(() => {
    gr.kill();
  });
  event.set();
  await gr.join();

  assert.equal(log, ['woken']);
});

test('an error thrown in cleanup takes the place of the exit', async () => {
  const boom = new Error('boom');
  const gr = spawn(function* () {
    try {
      yield* forever();
    } catch {
      throw boom;
    }
  });
  await sleep(0);

  gr.kill();

  assert.is(await failureOf(gr), boom);
});

test('ten thousand greenlets are killed, each with its cleanup, and nothing is left', async () => {
  let cleaned = 0;
  const jobs = Array.from({ length: 10_000 }, () =>
    spawn(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        cleaned += 1;
      }
    }),
  );
  await sleep(0);

  for (const job of jobs) job.kill();
  await Promise.all(jobs.map((job) => job.join()));

  assert.is(cleaned, 10_000);
  assert.is(hub.timers.size, 0);
});

test('the exit of a kill names the killer, and the place if spawn sites are captured', async () => {
  const killed = async () => {
    const gr = spawn(forever);
    await sleep(0);
    await spawn(function* killer() {
      yield* gr.kill();
    });
    return gr.exception as GreenletExit;
  };
  const plain = await killed();
  hub.captureSpawnSites = true;
  const debugged = await killed().finally(() => {
    hub.captureSpawnSites = false;
  });

  assert.match(plain.message, /killed by killer-\d+/);
  assert.is(plain.stack, `GreenletExit: ${plain.message}`);
  assert.match(String(debugged.stack), /at killer/);
});

test.run();
