import * as assert from 'uvu/assert';
import { call, type Greenlet, getHub, joinall, shield, sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { eventually, inTime, pause, several } from './steps.ts';

const test = suite('explore/greenlets');

test('every join, get and link of a greenlet is notified of its end once, and only then', async () => {
  await exploreMany('the end of greenlets', function* (random) {
    const boom = new Error('boom');
    const fails = random.chance(0.3);
    const job = spawn(function* job() {
      yield* pause(random);
      yield* sleep(random.int(0, 2));
      if (fails) throw boom;
      return 42;
    });
    let links = 0;
    job.link((ended) => {
      assert.ok(ended.ready());
      links += 1;
    });
    const watchers: Greenlet<void>[] = several(3, function* (number) {
      yield* pause(random);
      if (number === 0) {
        yield* inTime(random, job.join());
        return;
      }
      if (number === 1) {
        const [ended] = yield* joinall([job], { timeout: random.pick([0, 1, Infinity]) });
        if (ended !== undefined) assert.ok(job.ready());
        return;
      }
      try {
        const got = yield* inTime(random, job.get());
        if (got !== null) assert.is(got.value, 42);
      } catch (error) {
        if (error !== job.exception) throw error;
        assert.ok(job.ready());
      }
    });
    yield* joinall([job]);
    if (random.chance(0.5)) job.kill();
    yield* allEnded(watchers);
    yield* eventually(() => links > 0);
    yield* sleep(1);
    assert.is(links, 1);
    assert.is(job.successful(), job.exception === null);
    assertNoTrace(job);
  });
});

test('a shielded body runs to its end, and the kill comes right after it', async () => {
  await exploreMany('a shield', function* (random) {
    let begun = 0;
    let ended = 0;
    let cleaned = 0;
    const workers = several(3, function* () {
      const work = call(function* () {
        try {
          yield* sleep(random.int(0, 3));
          yield* shield(function* () {
            begun += 1;
            yield* sleep(random.int(0, 2));
            yield* pause(random);
            ended += 1;
          });
          yield* sleep(1);
        } finally {
          yield* shield(sleep(1));
          cleaned += 1;
        }
      });
      yield* inTime(random, work);
    });
    yield* allEnded(workers);
    assert.is(ended, begun);
    assert.ok(cleaned >= begun && cleaned <= 3);
    assertNoTrace(...workers);
  });
});

test('of nested timeouts each answers for itself, and none is left running', async () => {
  await exploreMany('nested timeouts', function* (random) {
    const hub = getHub();
    const workers = several(3, function* () {
      const began = hub.now();
      const [outerMs, innerMs] = [random.int(0, 4), random.int(0, 4)];
      const result = yield* withTimeout(
        outerMs,
        function* () {
          const inner = yield* withTimeout(
            innerMs,
            function* () {
              yield* sleep(random.int(0, 5));
              yield* pause(random);
              return 'done';
            },
            { timeoutValue: 'inner' },
          );
          if (inner === 'inner') assert.ok(hub.now() >= began + innerMs);
          yield* pause(random);
          return inner;
        },
        { timeoutValue: 'outer' },
      );
      if (result === 'outer') assert.ok(hub.now() >= began + outerMs);
    });
    yield* allEnded(workers);
    assertNoTrace(...workers);
  });
});

test('a Timeout object raises once in its greenlet, or not at all once it is closed', async () => {
  await exploreMany('a Timeout object', function* (random) {
    const workers = several(3, function* () {
      let raised = 0;
      const timeout = new Timeout(random.int(0, 3));
      try {
        timeout.start();
        for (let round = 0; round < 2; round += 1) yield* sleep(random.int(0, 3));
      } catch (error) {
        if (error !== timeout) throw error;
        raised += 1;
      } finally {
        timeout.close();
      }
      yield* sleep(2);
      assert.ok(raised <= 1);
      assert.not(timeout.pending);
    });
    yield* allEnded(workers);
    assertNoTrace(...workers);
  });
});

test.run();
