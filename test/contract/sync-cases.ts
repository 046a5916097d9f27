import * as assert from 'uvu/assert';
import { operation } from '../../lib/greenlet/operation.ts';
import {
  AsyncResult,
  Barrier,
  BrokenBarrierError,
  Channel,
  Condition,
  Empty,
  Event,
  Full,
  type Greenlet,
  getHub,
  JoinableQueue,
  type Operation,
  type Queue,
  RateLimiter,
  RLock,
  sleep,
  spawn,
  Timeout,
  type TimeoutOption,
} from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { type AnyLock, dropsItems, lockKinds, queueKinds } from '../support/kinds.ts';
import { type Case, type Subject, without } from './contract.ts';

/** Every call of lib/sync that may block. */
export const syncCases: readonly Case[] = [
  ...queueKinds.flatMap(queueCases),
  {
    name: 'JoinableQueue.join()',
    make() {
      const queue = new JoinableQueue<string>();
      queue.putNowait('task');
      return {
        place: queue,
        call: (options) => queue.join(options),
        satisfy: () => {
          queue.getNowait();
          queue.taskDone();
        },
        value: true,
        renew: () => queue.putNowait('task'),
        wakesAll: true,
        assertUntouched: () => assert.is(queue.unfinishedTasks, 1),
      };
    },
    late: { value: false },
  },
  {
    name: 'Channel.get()',
    make: () => channelTaker((channel, options) => channel.get(options), 'item'),
    late: { error: Empty },
  },
  {
    name: 'Channel.next()',
    make: () => channelTaker((channel) => channel.next(), { done: false, value: 'item' }),
    late: 'a step of iterating waits as long as the iteration does',
  },
  {
    name: 'Channel.peek()',
    make() {
      const channel = new Channel<string>();
      const putters: Greenlet<void>[] = [];
      return {
        // The putter keeps its place.
        place: () => [...(Reflect.get(channel, 'peekers') as Iterable<unknown>)].length,
        call: (options) => channel.peek(options),
        *satisfy() {
          putters.push(spawn(() => channel.put('item')));
          yield* sleep(0);
        },
        value: 'item',
        renew: () => assert.is(channel.getNowait(), 'item'),
        wakesAll: true,
        assertUntouched: () => assert.is(channel.ready(), false),
        end: () => killThose(putters),
      };
    },
    late: { error: Empty },
  },
  {
    name: 'Channel.put()',
    make() {
      const channel = new Channel<string>();
      const getters: Greenlet<string>[] = [];
      return {
        place: channel,
        call: (options) => channel.put('item', options),
        *satisfy() {
          getters.push(spawn(() => channel.get()));
          yield* sleep(0);
        },
        value: undefined,
        assertUntouched: () => assert.is(channel.ready(), false),
        end: () => killThose(getters),
      };
    },
    late: { error: Full },
  },
  {
    name: 'Event.wait()',
    make() {
      const event = new Event();
      return {
        place: event,
        call: (options) => event.wait(options),
        satisfy: () => event.set(),
        value: true,
        renew: () => event.clear(),
        wakesAll: true,
        assertUntouched: () => assert.is(event.isSet(), false),
      };
    },
    late: { value: false },
  },
  {
    name: 'AsyncResult.get()',
    make: () => resultSubject((result, options) => result.get(options)),
    late: { error: Timeout },
  },
  {
    name: 'AsyncResult.wait()',
    make: () => resultSubject((result, options) => result.wait(options)),
    late: { value: undefined },
  },
  ...lockKinds.flatMap((Kind) =>
    lockCases(Kind.name, () => {
      const lock = new Kind(1);
      holdForGood(lock);
      // The holder of the RLock has ended, and no other greenlet may release it.
      const release = lock instanceof RLock ? () => void lock.yieldHold() : () => lock.release();
      return { lock, release, isFree: () => !lock.locked() };
    }),
  ),
  {
    name: 'Condition.wait()',
    make() {
      const condition = new Condition();
      return {
        place: condition,
        call: (options) => locked(condition, condition.wait(options)),
        satisfy: () => notify(condition),
        value: true,
        assertUntouched: () => assert.is(condition.lock.locked(), false),
      };
    },
    late: { value: false },
    without: without('a notification without a waiter is not kept', 'raisesOnlyInWaits', 'pollTakes'),
  },
  {
    name: 'Condition.waitFor()',
    make() {
      const condition = new Condition();
      let stock = 0;
      const take = (): number => {
        if (stock === 0) return 0;
        stock -= 1;
        return 7;
      };
      return {
        place: condition,
        call: (options) => locked(condition, condition.waitFor(take, options)),
        satisfy: () => {
          stock += 1;
          notify(condition);
        },
        value: 7,
        assertUntouched: () => {
          assert.is(condition.lock.locked(), false);
          assert.is(stock, 0);
        },
      };
    },
    late: { value: 0 },
  },
  {
    name: 'Barrier.wait()',
    make() {
      const barrier = new Barrier(100);
      return {
        place: barrier,
        call: (options) => barrier.wait(options),
        satisfy: () => {
          // The present waiters and this one are all parties.
          Reflect.set(barrier, 'parties', barrier.waiting + 1);
          completeNow(barrier.wait());
          Reflect.set(barrier, 'parties', 100);
        },
        value: (number: unknown) => assert.ok(number === 0 || number === 1),
        wakesAll: true,
        assertUntouched: () => assert.is(barrier.waiting, 0),
      };
    },
    late: { error: BrokenBarrierError },
    without: {
      ...without(
        'a cancelled waiter breaks it for all',
        'isFair',
        'killedFirst',
        'raisesAgain',
        'againAfterCancel',
        'killOneOfTwo',
      ),
      ...without('a waiter that times out breaks it for all', 'eachItsOwnTime'),
      ...without(
        'a waiter that comes after all have continued waits for the next round',
        'raisesOnlyInWaits',
        'pollTakes',
      ),
    },
  },
  {
    name: 'RateLimiter.take()',
    make() {
      const limiter = new RateLimiter({ limit: 1, interval: 1e12 });
      assert.ok(limiter.takeNow());
      return {
        place: limiter,
        call: (options) => limiter.take(options),
        satisfy: () => {
          // Its token is due.
          getHub().timers.stop(limiter);
          Reflect.set(limiter, 'fullAt', getHub().now());
          limiter.notify();
        },
        value: true,
        timers: 1,
        assertUntouched: () => assert.is(limiter.ready(), false),
      };
    },
    late: { value: false },
  },
];

function queueCases(Kind: (typeof queueKinds)[number]): Case[] {
  const taker = (
    call: (queue: Queue<string>, options?: TimeoutOption) => Operation<unknown>,
    more: Partial<Subject> = {},
  ): Subject => {
    const queue = new Kind<string>();
    return {
      place: queue,
      call: (options) => call(queue, options),
      satisfy: () => queue.putNowait('item'),
      value: 'item',
      assertUntouched: () => {
        queue.putNowait('only');
        assert.is(queue.getNowait(), 'only');
        assert.is(queue.qsize(), 0);
      },
      ...more,
    };
  };
  const cases: Case[] = [
    {
      name: `${Kind.name}.get()`,
      make: () => taker((queue, options) => queue.get(options)),
      late: { error: Empty },
    },
    {
      name: `${Kind.name}.peek()`,
      make() {
        const queue = new Kind<string>();
        return {
          ...taker(() => queue.get()),
          place: queue,
          call: (options) => queue.peek(options),
          satisfy: () => queue.putNowait('item'),
          renew: () => assert.is(queue.getNowait(), 'item'),
          wakesAll: true,
          assertUntouched: () => assert.is(queue.qsize(), 0),
        };
      },
      late: { error: Empty },
    },
    {
      name: `${Kind.name}.next()`,
      make: () => taker((queue) => queue.next(), { value: { done: false, value: 'item' } }),
      late: 'a step of iterating waits as long as the iteration does',
    },
  ];
  if (dropsItems(Kind)) return cases;
  return [
    ...cases,
    {
      name: `${Kind.name}.put()`,
      make() {
        const queue = new Kind<string>(1);
        queue.putNowait('first');
        return {
          place: queue,
          call: (options) => queue.put('second', options),
          satisfy: () => {
            queue.getNowait();
          },
          value: undefined,
          assertUntouched: () => {
            assert.is(queue.getNowait(), 'first');
            assert.is(queue.qsize(), 0);
          },
        };
      },
      late: { error: Full },
    },
  ];
}

function channelTaker(
  call: (channel: Channel<string>, options?: TimeoutOption) => Operation<unknown>,
  value: unknown,
): Subject {
  const channel = new Channel<string>();
  const putters: Greenlet<void>[] = [];
  return {
    place: channel,
    call: (options) => call(channel, options),
    *satisfy() {
      putters.push(spawn(() => channel.put('item')));
      yield* sleep(0);
    },
    value,
    assertUntouched: () => {
      assert.instance(
        thrownBy(() => channel.putNowait('to nobody')),
        Full,
      );
    },
    end: () => killThose(putters),
  };
}

function resultSubject(call: (result: AsyncResult<string>, options?: TimeoutOption) => Operation<unknown>): Subject {
  const result = new AsyncResult<string>();
  return {
    place: result,
    call: (options) => call(result, options),
    satisfy: () => result.set('answer'),
    value: 'answer',
    renew: false,
    wakesAll: true,
    assertUntouched: () => assert.is(result.ready(), false),
  };
}

/** A lock that must be released once before it can be acquired. */
interface Held {
  lock: AnyLock;
  release(): void;
  isFree(): boolean;
}

function lockCases(name: string, make: () => Held): Case[] {
  const subject = (
    call: (lock: Held['lock'], options?: TimeoutOption) => Operation<unknown>,
    value: unknown,
  ): Subject => {
    const { lock, release, isFree } = make();
    return {
      place: lock,
      call: (options) => call(lock, options),
      satisfy: release,
      value,
      assertUntouched: () => {
        release();
        assert.ok(isFree());
      },
    };
  };
  const isDisposable = (held: unknown) => assert.type((held as Disposable)[Symbol.dispose], 'function');
  return [
    {
      name: `${name}.acquire()`,
      make: () => subject((lock, options) => lock.acquire(options), true),
      late: { value: false },
    },
    {
      name: `${name}.hold()`,
      make: () => subject((lock) => lock.hold(), isDisposable),
      late: 'it gives a held lock: withTimeout() bounds it',
    },
  ];
}

/** Makes a greenlet acquire a lock and end. */
function holdForGood(lock: AnyLock): void {
  spawn(() => lock.acquire());
}

/** Waits with the lock of a condition held. */
function locked<T>(condition: Condition, wait: Operation<T>): Operation<T> {
  return operation(function* () {
    using _ = yield* condition.lock.hold();
    return yield* wait;
  });
}

/** Notifies one waiter of a condition whose lock is free. */
function notify(condition: Condition): void {
  assert.ok(completeNow(condition.lock.acquire()));
  condition.notify();
  condition.lock.release();
}

/** Runs an operation that need not wait to its end, in plain code. */
function completeNow<T>(op: Operation<T>): T {
  const step = op[Symbol.iterator]().next();
  assert.is(step.done, true, 'it would have had to wait');
  return step.value as T;
}

function killThose(greenlets: readonly Greenlet<unknown>[]): void {
  for (const greenlet of greenlets) greenlet.kill();
}
