/** The calls of `greenhub` and `greenhub/testing` that take options. */
import * as assert from 'uvu/assert';
import {
  AsyncResult,
  Barrier,
  Channel,
  Condition,
  Event,
  Greenlet,
  Group,
  getHub,
  iwait,
  JoinableQueue,
  joinall,
  killall,
  Lock,
  Pool,
  Queue,
  RateLimiter,
  RLock,
  retry,
  Semaphore,
  sleep,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { assertNoLeaks, explore, VirtualClock } from '../../lib/testing/index.ts';
import type { Case, Subject } from './options.ts';

/** A call of an object that is created for it. */
function call(name: string, fn: (options: never) => unknown, option?: string): Case {
  return { name, ...(option !== undefined && { option }), make: () => ({ call: fn }) };
}

/** A call with a function, which must not be called. */
function calling(name: string, fn: (body: () => void, options: never) => unknown, option?: string): Case {
  return {
    name,
    ...(option !== undefined && { option }),
    make() {
      const calls: number[] = [];
      return {
        call: (options) => fn(() => void calls.push(1), options),
        assertUntouched: () => assert.equal(calls, []),
      };
    },
  };
}

function onGreenlet(fn: (greenlet: Greenlet, options: never) => unknown): () => Subject {
  return () => {
    const greenlet = new Greenlet(sleep, 5);
    return {
      call: (options) => fn(greenlet, options),
      assertUntouched() {
        assert.is(greenlet.dead, false);
        assert.is(greenlet.started, false);
      },
    };
  };
}

function onGroup(fn: (group: Group, options: never) => unknown): () => Subject {
  return () => {
    const group = new Group();
    const member = new Greenlet(sleep, 5);
    group.add(member);
    return {
      call: (options) => fn(group, options),
      assertUntouched() {
        assert.equal([...group], [member]);
        assert.is(member.dead, false);
      },
    };
  };
}

function onQueue(make: () => Queue<number>, fn: (queue: Queue<number>, options: never) => unknown): () => Subject {
  return () => {
    const queue = make();
    if (queue.full() === false) queue.putNowait(1);
    const held = queue.qsize();
    return {
      call: (options) => fn(queue, options),
      assertUntouched() {
        assert.is(queue.qsize(), held);
        // After shutdown(), an empty queue would be ready.
        while (!queue.empty()) queue.getNowait();
        assert.is(queue.ready(), false);
      },
    };
  };
}

function locks(): Case[] {
  return [new Lock(), new RLock(), new Semaphore(1)].flatMap((lock) =>
    ['timeout', 'blocking'].map((option) => ({
      name: 'Acquirable.acquire',
      option,
      make: () => ({
        call: (options) => lock.acquire(options),
        assertUntouched: () => assert.is(lock.locked(), false),
      }),
    })),
  );
}

export const kernelCases: readonly Case[] = [
  { name: 'Greenlet.join', make: onGreenlet((greenlet, options) => greenlet.join(options)) },
  { name: 'Greenlet.get', make: onGreenlet((greenlet, options) => greenlet.get(options)) },
  { name: 'Greenlet.kill', option: 'reason', make: onGreenlet((greenlet, options) => greenlet.kill(options)) },
  { name: 'joinall', option: 'raiseError', make: onGreenlet((greenlet, options) => joinall([greenlet], options)) },
  { name: 'killall', make: onGreenlet((greenlet, options) => killall([greenlet], options)) },
  { name: 'wait', option: 'count', make: onGreenlet((greenlet, options) => wait([greenlet], options)) },
  call('wait', (options) => wait(undefined, options)),
  { name: 'iwait', option: 'count', make: onGreenlet((greenlet, options) => iwait([greenlet], options)) },
  calling('withTimeout', (body, options) => withTimeout(5, body, options), 'timeoutValue'),

  ...locks(),
  call('AsyncResult.get', (options) => new AsyncResult().get(options)),
  call('AsyncResult.wait', (options) => new AsyncResult().wait(options)),
  call('Barrier.wait', (options) => new Barrier(1).wait(options)),
  call('Condition.wait', (options) => new Condition().wait(options)),
  calling('Condition.waitFor', (body, options) => new Condition().waitFor(body, options)),
  call('Event.wait', (options) => new Event().wait(options)),
  {
    name: 'Queue.get',
    make: onQueue(
      () => new Queue(),
      (queue, options) => queue.get(options),
    ),
  },
  {
    name: 'Queue.put',
    make: onQueue(
      () => new Queue(),
      (queue, options) => queue.put(2, options),
    ),
  },
  {
    name: 'Queue.peek',
    make: onQueue(
      () => new Queue(),
      (queue, options) => queue.peek(options),
    ),
  },
  {
    name: 'Queue.shutdown',
    option: 'immediate',
    make: onQueue(
      () => new Queue(),
      (queue, options) => queue.shutdown(options),
    ),
  },
  {
    name: 'JoinableQueue.shutdown',
    option: 'immediate',
    make: onQueue(
      () => new JoinableQueue(),
      (queue, options) => queue.shutdown(options),
    ),
  },
  {
    name: 'Channel.shutdown',
    option: 'immediate',
    make: onQueue(
      () => new Channel(),
      (queue, options) => queue.shutdown(options),
    ),
  },
  call('JoinableQueue.join', (options) => new JoinableQueue().join(options)),
  call('new RateLimiter', (options) => new RateLimiter(options), 'limit'),
  call('RateLimiter.take', (options) => new RateLimiter({ limit: 1 }).take(options)),

  { name: 'Group.join', option: 'raiseError', make: onGroup((group, options) => group.join(options)) },
  { name: 'Group.kill', option: 'reason', make: onGroup((group, options) => group.kill(options)) },
  calling('Group.imap', (body, options) => new Group().imap(body, [1], options), 'maxsize'),
  calling('Group.imapUnordered', (body, options) => new Group().imapUnordered(body, [1], options), 'maxsize'),
  call('Pool.waitAvailable', (options) => new Pool(1).waitAvailable(options)),
  calling('retry', (body, options) => retry(body, options), 'attempts'),

  calling('explore', (body, options) => explore(body, options), 'maxSteps'),
  calling('assertNoLeaks', (body, options) => assertNoLeaks(body, options), 'emitters'),
  call('new VirtualClock', (options) => new VirtualClock(options), 'autojump'),
  {
    name: 'VirtualClock.install',
    option: 'patience',
    make() {
      const now = getHub().now();
      return {
        call: (options) => VirtualClock.install(options),
        // An installed clock starts at 0.
        assertUntouched: () => assert.ok(getHub().now() >= now && now > 0),
      };
    },
  },
];
