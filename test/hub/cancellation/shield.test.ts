import * as assert from 'uvu/assert';
import { Event, GreenletExit, shield, sleep, spawn, withTimeout } from '../../../lib/index.ts';
import { killWithCleanup } from '../../support/cleanup.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('shield');

test('shield() gives the result of its body, which may be a function or an operation', async () => {
  assert.is(await shield(() => 'plain'), 'plain');
  assert.is(await shield(spawn(() => 'operation')), 'operation');
  assert.is(
    await shield(function* () {
      yield* sleep(0);
      return 'coroutine';
    }),
    'coroutine',
  );
});

test('shield() throws the error of its body', async () => {
  const boom = new Error('boom');

  assert.is(
    await failureOf(
      shield(() => {
        throw boom;
      }),
    ),
    boom,
  );
});

test('a kill that comes during a shield is raised at the next suspension after it', async () => {
  const event = new Event();
  const log: string[] = [];
  const gr = spawn(function* () {
    yield* shield(event.wait());
    log.push('after the shield');
    yield* sleep(0);
    log.push('never');
  });
  await sleep(0);

  gr.kill();
  await sleep(0);
  assert.is(gr.dead, false);
  event.set();
  await gr.join();

  assert.equal(log, ['after the shield']);
  assert.instance(gr.exception, GreenletExit);
});

test('cleanup that blocks runs to its end in a shield', async () => {
  await onVirtualTime(async (clock) => {
    const log: unknown[] = [];

    await killWithCleanup(function* () {
      yield* shield(function* () {
        yield* sleep(5);
        yield* sleep(5);
        log.push('rolled back');
      });
    });

    assert.equal(log, ['rolled back']);
    assert.is(clock.now(), 10);
  });
});

test('cleanup that blocks without a shield is raised at once, and outer cleanup still runs', async () => {
  await onVirtualTime(async (clock) => {
    const log: string[] = [];

    await killWithCleanup(function* () {
      try {
        log.push('inner');
        yield* sleep(100);
        log.push('never');
      } finally {
        log.push('outer');
      }
    });

    assert.equal(log, ['inner', 'outer']);
    assert.is(clock.now(), 0);
  });
});

test('a second kill does not get through either', async () => {
  const event = new Event();
  let done = false;
  const gr = spawn(() =>
    shield(function* () {
      yield* event.wait();
      done = true;
    }),
  );
  await sleep(0);

  gr.kill();
  gr.kill({ reason: new Error('harder') });
  await sleep(0);
  event.set();
  await gr.join();

  assert.is(done, true);
});

test('shields nest', async () => {
  const event = new Event();
  const log: string[] = [];
  const gr = spawn(function* () {
    yield* shield(function* () {
      yield* shield(event.wait());
      yield* sleep(0);
      log.push('still shielded');
    });
    yield* sleep(0);
    log.push('never');
  });
  await sleep(0);

  gr.kill();
  event.set();
  await gr.join();

  assert.equal(log, ['still shielded']);
});

test('a shield in a timed scope in a shield: each takes effect', async () => {
  await onVirtualTime(async (clock) => {
    const log: unknown[] = [];
    const gr = spawn(function* () {
      yield* shield(function* () {
        const value = yield* withTimeout(
          10,
          function* () {
            yield* shield(sleep(20));
            log.push(clock.now());
            yield* sleep(100);
          },
          { timeoutValue: 'late' },
        );
        log.push(value, clock.now());
        yield* sleep(5);
        log.push(clock.now());
      });
      yield* sleep(0);
      log.push('never');
    });
    await sleep(1);

    gr.kill();
    await gr.join();

    assert.equal(log, [20, 'late', 20, 25]);
  });
});

test('a shield entered by a greenlet that was killed before works', async () => {
  const log: string[] = [];
  const gr = spawn(function* () {
    gr.kill();
    yield* shield(function* () {
      yield* sleep(0);
      log.push('shielded');
    });
    log.push('after');
    yield* sleep(0);
    log.push('never');
  });

  await gr.join();

  assert.equal(log, ['shielded', 'after']);
});

test('an error in a shield takes the place of the kill, and the greenlet is dead by it', async () => {
  const boom = new Error('boom');

  const error = await killWithCleanup(function* () {
    yield* shield(function* () {
      yield* sleep(0);
      throw boom;
    });
  });

  assert.is(error, boom);
});

test('a greenlet that ends in its shield although it was killed has its value', async () => {
  const event = new Event();
  const gr = spawn(function* () {
    yield* shield(event.wait());
    return 'value';
  });
  await sleep(0);

  gr.kill();
  event.set();

  assert.is(await gr, 'value');
  assert.is(gr.successful(), true);
});

test('an invalid body throws a TypeError at the caller', () => {
  for (const body of [undefined, null, 5, {}])
    assert.instance(
      thrownBy(() => shield(body as never)),
      TypeError,
    );
});

test('an async body is waited for, and shielded', async () => {
  const opened = new Event();
  const gr = spawn(function* () {
    return yield* shield(async () => {
      await opened.wait();
      return 'value';
    });
  });
  await sleep(0);

  gr.kill();
  opened.set();

  assert.is(await gr, 'value');
});

test.run();
