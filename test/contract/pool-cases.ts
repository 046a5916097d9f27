import * as assert from 'uvu/assert';
import { operation } from '../../lib/greenlet/operation.ts';
import {
  all,
  allSettled,
  any,
  Event,
  forEach,
  type Greenlet,
  Group,
  nursery,
  type Operation,
  Pool,
  Queue,
  race,
  retry,
  type Started,
  select,
  sleep,
  type TimeoutOption,
} from '../../lib/index.ts';
import { waitersOf } from '../support/leaks.ts';
import { type Case, type CheckName, type Subject, without } from './contract.ts';
import { around, endOfGreenlet } from './hub-cases.ts';

/** The checks that a cancelled waiter has taken nothing, and that a waiter that was given something has it. */
const IN_ONE_STEP: CheckName[] = ['killedFirst', 'killedLater', 'raisesOnlyInWaits'];

const ITS_GREENLETS = without('its own greenlet keeps what it has taken', ...IN_ONE_STEP);

/** Every call of lib/pool that may block. */
export const poolCases: readonly Case[] = [
  {
    name: 'Group.join()',
    make: () => endOfMembers((group, options) => group.join(options)),
    late: { value: false },
  },
  {
    name: 'Group.join({ raiseError })',
    make: () => endOfMembers((group, options) => group.join({ ...options, raiseError: true })),
    late: { value: false },
  },
  {
    name: 'Group.kill()',
    make() {
      const group = new Group();
      const subject = endOfGreenlet((_, options) => group.kill(options), undefined);
      const greenlet = subject.place as Greenlet;
      group.add(greenlet);
      // The group itself waits for its member.
      return { ...subject, place: () => waitersOf(greenlet) - (greenlet.dead ? 0 : 1) };
    },
    late: { value: undefined },
    without: without('the kill itself acts at once', 'isLazy'),
  },
  {
    name: 'Pool.waitAvailable()',
    make: () => endOfMembers((pool, options) => pool.waitAvailable(options)),
    late: { value: false },
  },
  {
    name: 'Group.apply()',
    make: () => inMembers((body) => new Group().apply(body)),
    late: 'withTimeout() bounds it',
    without: ITS_GREENLETS,
  },
  {
    name: 'Group.map()',
    make: () => inMembers((body) => new Pool(2).map(body, [1]), ['item']),
    late: 'withTimeout() bounds it',
    without: ITS_GREENLETS,
  },
  ...(['imap', 'imapUnordered'] as const).map(
    (name): Case => ({
      name: `Group.${name}().next()`,
      make: () =>
        inMembers(
          (body) =>
            // An iteration continues until its end, even if a step is cancelled.
            operation(function* () {
              const steps = new Pool(2)[name](body, [1]);
              try {
                return yield* steps.next();
              } finally {
                steps.return();
              }
            }),
          { done: false, value: 'item' },
        ),
      late: 'withTimeout() bounds it',
      without: ITS_GREENLETS,
    }),
  ),
  {
    name: 'nursery() with its body',
    make: () => around((body) => nursery(body)),
    late: 'withTimeout() bounds it',
  },
  {
    name: 'nursery() with a child',
    make: () =>
      inMembers(
        (body) =>
          nursery((n) => {
            n.spawn(body);
            return 'value';
          }),
        'value',
      ),
    late: 'withTimeout() bounds it',
    without: ITS_GREENLETS,
  },
  {
    name: 'Nursery.start()',
    make: () =>
      inMembers((body) =>
        nursery(function* (n) {
          return yield* n.start(function* (started: Started<string>) {
            started(yield* body());
          });
        }),
      ),
    late: 'withTimeout() bounds it',
    without: ITS_GREENLETS,
  },
  {
    name: 'all()',
    make: () => inMembers((body) => all([body]), ['item']),
    late: 'withTimeout() bounds it',
    without: ITS_GREENLETS,
  },
  {
    name: 'allSettled()',
    make: () => inMembers((body) => allSettled([body]), [{ status: 'fulfilled', value: 'item' }]),
    late: 'withTimeout() bounds it',
    without: ITS_GREENLETS,
  },
  ...exclusive('function', (queue) => () => queue.get()),
  ...exclusive('operation', (queue) => queue.get()),
  {
    name: 'retry()',
    make: () => around((body) => retry(body)),
    late: 'withTimeout() bounds it',
  },
  {
    name: 'forEach()',
    make: () => {
      const queue = new Queue<string>();
      return {
        place: queue,
        call: () =>
          operation(function* () {
            const seen: string[] = [];
            try {
              yield* forEach(queue, (item) => {
                seen.push(item);
                // Only the end of the iteration would be ready.
                throw seen;
              });
            } catch (error) {
              if (error !== seen) throw error;
            }
            return seen;
          }),
        satisfy: () => queue.putNowait('item'),
        value: ['item'],
        assertUntouched: () => assert.is(queue.qsize(), 0),
      };
    },
    late: 'withTimeout() bounds it',
  },
];

/** The combinators in which only one body may succeed. */
function exclusive(
  kind: string,
  bodyOf: (queue: Queue<string>) => Operation<string> | (() => Operation<string>),
): Case[] {
  const make = (combine: (body: ReturnType<typeof bodyOf>) => Operation<unknown>, value: unknown) => () => {
    const queue = new Queue<string>();
    const body = bodyOf(queue);
    return {
      place: queue,
      call: () => combine(body),
      satisfy: () => queue.putNowait('item'),
      value,
      assertUntouched: () => assert.is(queue.qsize(), 0),
    };
  };
  const late = 'withTimeout() bounds it';
  return [
    { name: `any() of a ${kind}`, make: make((body) => any([body, sleep(Infinity)]), 'item'), late },
    { name: `race() of a ${kind}`, make: make((body) => race([body, sleep(Infinity)]), 'item'), late },
    {
      name: `select() of a ${kind}`,
      make: make((body) => select({ never: sleep(Infinity), item: body }), { key: 'item', value: 'item' }),
      late,
    },
  ];
}

/** A pool of size one, with a member that ends when the test allows it. */
function endOfMembers(wait: (pool: Pool, options?: TimeoutOption) => Operation<boolean>): Subject {
  const pool = new Pool(1);
  let mayEnd = new Event();
  const occupy = (): void => {
    mayEnd = new Event();
    pool.spawn(() => mayEnd.wait());
  };
  occupy();
  return {
    place: pool,
    call: (options) => wait(pool, options),
    *satisfy() {
      mayEnd.set();
      yield* sleep(0);
    },
    value: true,
    renew: occupy,
    wakesAll: true,
    assertUntouched: () => assert.is(pool.size, 1),
    end: () => mayEnd.set(),
  };
}

/** A call that runs a blocking body in its own greenlet. */
function inMembers(
  make: (body: () => Generator<never, string>) => Operation<unknown>,
  value: unknown = 'item',
): Subject {
  const subject = around((body) => make(body));
  return {
    ...subject,
    *satisfy() {
      yield* subject.satisfy() ?? [];
      yield* sleep(0);
    },
    value,
  };
}
