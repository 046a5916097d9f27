/** A combinator ends once its losers have ended. A loser inside a shield first gets what it waits for. */
import * as assert from 'uvu/assert';
import {
  any,
  type Body,
  Condition,
  type Coroutine,
  call,
  Event,
  Lock,
  type Operation,
  Queue,
  RLock,
  race,
  select,
  shield,
  sleep,
  spawn,
  withTimeout,
} from '../../lib/index.ts';
import { socketPair } from '../../lib/net/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { prizes } from '../support/prizes.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('contract/losers-end');

/** Ways to decide without a certain branch, which is then a loser. */
const deciders: { name: string; decide(loser: Body<unknown>): Operation<unknown> }[] = [
  { name: 'race()', decide: (loser) => race([sleep(5), loser]) },
  { name: 'race() whose loser comes first', decide: (loser) => race([loser, sleep(5)]) },
  { name: 'any()', decide: (loser) => any([sleep(5), loser]) },
  { name: 'select()', decide: (loser) => select({ winner: sleep(5), loser }) },
  {
    name: 'race() that a failure decides',
    decide: (loser) =>
      race([
        function* () {
          yield* sleep(5);
          throw new Error('of the winner');
        },
        loser,
      ]),
  },
  { name: 'race() in a race()', decide: (loser) => race([race([sleep(5), loser]), sleep(Infinity)]) },
  { name: 'race() around a race()', decide: (loser) => race([sleep(5), () => race([loser, sleep(Infinity)])]) },
  { name: 'race() that runs out of time', decide: (loser) => withTimeout(5, race([sleep(Infinity), loser])) },
  {
    name: 'race() with a winner that had many turns',
    decide: (loser) =>
      race([
        loser,
        function* () {
          for (let step = 0; step < 5; step += 1) yield* sleep(1);
        },
      ]),
  },
];

for (const { name, decide } of deciders) {
  for (const [prize, make] of Object.entries(prizes)) {
    for (const isLate of [true, false]) {
      const when = isLate ? 'that comes after the decision' : 'that came in the step of the decision';
      test(`a ${name} ends when its loser, in a shield, has got its ${prize} ${when}`, () =>
        onVirtualTime(async () => {
          const made = await spawn(make);
          let isTaken = false;
          const loser = function* () {
            yield* shield(made.take);
            isTaken = true;
          };
          const racing = spawn(() => outcomeOf(decide(loser)));
          await sleep(isLate ? 6 : 5);
          if (isLate) assert.is(racing.ready(), false);

          made.offer();
          await racing;

          assert.is(isTaken, true);
          await made.untouched();
          assertNoTrace(...made.lines);
        }));
    }
  }

  for (const LockClass of [Lock, RLock]) {
    for (const isNotified of [false, true]) {
      const which = isNotified ? 'was notified in' : 'is in';
      test(`a ${name} ends when its loser, which ${which} the wait of a Condition, has its ${LockClass.name} again`, () =>
        onVirtualTime(async () => {
          const condition = new Condition(new LockClass());
          const { lock } = condition;
          const seen: string[] = [];
          const loser = function* (): Coroutine<void> {
            yield* lock.acquire();
            try {
              yield* condition.wait();
            } finally {
              seen.push('has its lock');
              lock.release();
            }
          };
          const racing = spawn(() => outcomeOf(decide(() => call(loser))));
          await sleep(2);
          const holder = spawn(function* () {
            yield* lock.acquire();
            if (isNotified) condition.notify();
            yield* sleep(50);
            seen.push('releases');
            lock.release();
          });

          await racing;
          await holder;

          assert.equal(seen, ['releases', 'has its lock']);
          assert.is(lock.locked(), false);
          assertNoTrace(condition, lock);
        }));
    }
  }
}

test('a race() ends when its loser, in a shield, has received its value', async () => {
  const [near, far] = await socketPair();
  const decided = new Event();
  let received: string | undefined;
  const racing = spawn(() =>
    race([
      decided.wait(),
      function* () {
        received = String(yield* shield(near.recv()));
      },
    ]),
  );
  await sleep(0);

  decided.set();
  await sleep(1);
  assert.is(racing.ready(), false);
  await far.sendall('late');
  await racing;

  assert.is(received, 'late');
  near.close();
  far.close();
});

test('losers in shields that wait in one line get their items in the order in which they came', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    const got: string[] = [];
    const taking = (name: string) =>
      function* () {
        got.push(`${name} ${yield* shield(queue.get())}`);
      };
    const outside = spawn(function* () {
      yield* sleep(1);
      got.push(`outside ${yield* queue.get()}`);
    });
    const racing = spawn(() =>
      race([
        sleep(5),
        taking('first'),
        taking('second'),
        function* () {
          yield* sleep(2);
          yield* taking('third')();
        },
      ]),
    );
    await sleep(10);

    for (const item of [1, 2, 3, 4]) queue.putNowait(item);
    await racing;
    await outside;

    assert.equal(got.sort(), ['first 1', 'outside 3', 'second 2', 'third 4']);
  }));

test.run();
