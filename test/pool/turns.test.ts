import * as assert from 'uvu/assert';
import {
  any,
  Event,
  GreenletExit,
  type Operation,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { exclusive } from '../support/combinators.ts';
import { suite } from '../support/harness.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/turns');

/** More steps than any test needs, so that a body that is never stopped still ends, and its test fails. */
const TOO_MANY = 5_000;

const never = sleep(Infinity);

for (const { name, combine } of exclusive) {
  test(`a spinning branch of ${name}() does not keep the others from winning`, () =>
    onVirtualTime(async () => {
      let steps = 0;
      const spin = function* () {
        for (; steps < TOO_MANY; steps += 1) yield* sleep(0);
        return 'spun';
      };
      const queue = new Queue<string>();
      const outside = spawn(function* () {
        for (let step = 0; step < 50; step += 1) yield* sleep(0);
        queue.putNowait('item');
      });

      const won = await spawn(() => combine([spin, queue.get()]));
      await outside;

      assert.ok(won === 'item' || (won as { value: string }).value === 'item');
      assert.ok(steps < TOO_MANY);
    }));

  test(`two spinning branches of ${name}() and one that counts its steps take turns`, async () => {
    let steps = 0;
    const spin = function* () {
      for (; steps < TOO_MANY; steps += 1) yield* sleep(0);
    };
    const count = function* () {
      for (let step = 0; step < 10; step += 1) yield* sleep(0);
      return 'counted';
    };

    await combine([spin, count, spin]);

    assert.ok(steps < 100);
  });

  test(`a spinning branch of ${name}() does not keep a kill from its caller`, async () => {
    let steps = 0;
    const worker = spawn(() =>
      combine([
        function* () {
          for (; steps < TOO_MANY; steps += 1) yield* sleep(0);
        },
        never,
      ]),
    );

    await spawn(function* () {
      yield* sleep(0);
      yield* worker.kill();
    });

    assert.ok(worker.exception instanceof GreenletExit);
    assert.ok(steps < TOO_MANY);
  });

  test(`a spinning branch of ${name}() does not keep a timeout from its caller`, async () => {
    let steps = 0;
    const spin = function* () {
      for (; steps < TOO_MANY * 100; steps += 1) yield* sleep(0);
    };

    const { error } = await spawn(() => outcomeOf(withTimeout(5, combine([spin, never]))));

    assert.ok(error instanceof Timeout);
  });

  test(`two branches of ${name}() that wake each other do not keep a third from its turn`, async () => {
    const [there, back] = [new Queue<number>(), new Queue<number>()];
    let rounds = 0;
    const pass = (from: Queue<number>, to: Queue<number>) =>
      function* () {
        for (; rounds < TOO_MANY; rounds += 1) {
          yield* to.put(1);
          yield* from.get();
        }
      };
    const third = function* () {
      yield* sleep(0);
      yield* sleep(0);
      return 'third';
    };

    await combine([pass(there, back), pass(back, there), third]);

    assert.ok(rounds < TOO_MANY);
  });

  test(`outside greenlets run on while a ${name}() has its branches make steps`, async () => {
    let outside = 0;
    let seen = 0;
    const other = spawn(function* () {
      for (; outside < 100; outside += 1) yield* sleep(0);
    });

    await combine([
      function* () {
        for (let step = 0; step < 20; step += 1) yield* sleep(0);
        seen = outside;
      },
      never,
    ]);
    await other.kill();

    assert.ok(seen >= 15);
  });
}

/** Runs an operation in a greenlet for which a Timeout is pending, which `withdraw` takes back. */
function whilePending<T>(make: (withdraw: () => void) => Operation<T>): Operation<Outcome<T>> {
  return spawn(function* () {
    const raised = Timeout.startNew(10);
    const pending = Timeout.startNew(10);
    try {
      yield* sleep(100);
    } catch (error) {
      assert.is(error, raised);
    }
    return yield* outcomeOf(make(() => pending.cancel()));
  });
}

for (const { name, combine } of exclusive) {
  test(`unstarted branches of ${name}() continue if the first branch withdraws the cancellation`, () =>
    onVirtualTime(async () => {
      const { value } = await whilePending((withdraw) =>
        combine([
          function* () {
            withdraw();
            yield* never;
          },
          function* () {
            yield* sleep(5);
            return 'went on';
          },
        ]),
      );

      assert.match(JSON.stringify(value), 'went on');
    }));

  test(`woken branches of ${name}() continue if one of them withdraws the cancellation`, () =>
    onVirtualTime(async () => {
      const event = new Event();
      const { value } = await whilePending((withdraw) =>
        combine([
          function* () {
            yield* shield(event.wait());
            withdraw();
            yield* never;
          },
          function* () {
            yield* shield(event.wait());
            return 'went on';
          },
          function* () {
            event.set();
            yield* shield(sleep(5));
          },
        ]),
      );

      assert.match(JSON.stringify(value), 'went on');
    }));
}

test('any() throws the errors of all branches if one withdraws the cancellation and the others fail', () =>
  onVirtualTime(async () => {
    const boom = new Error('boom');
    const { error } = await whilePending((withdraw) =>
      any([
        function* () {
          withdraw();
          yield* never;
        },
        function* () {
          yield* sleep(5);
          throw boom;
        },
      ]),
    );

    assert.instance(error, AggregateError);
    const [first, second, ...more] = (error as AggregateError).errors;
    assert.instance(first, GreenletExit);
    assert.is(second, boom);
    assert.equal(more, []);
  }));

test.run();
