import {
  BoundedSemaphore,
  Channel,
  type Coroutine,
  Event,
  type Greenlet,
  getHub,
  iwait,
  killall,
  Lock,
  type Operation,
  Pool,
  Queue,
  RateLimiter,
  RLock,
  Semaphore,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { queueKinds } from './kinds.ts';

/** Something to take that is not available yet. */
export interface Prize {
  take: Operation<unknown>;
  /** Makes it available. */
  offer(): void;
  /** Whether it was not taken; called at the end. */
  untouched(): Promise<boolean>;
  /** The objects that have wait queues. */
  lines: object[];
}

/** One operation of each kind that takes something. */
export const prizes: Record<string, () => Coroutine<Prize>> = {
  'a get() of a bounded queue': () => gotFrom(new Queue<number>(1)),
  ...Object.fromEntries(queueKinds.map((Kind) => [`a get() of a ${Kind.name}`, () => gotFrom(new Kind<number>())])),
  *'queue.next()'() {
    const queue = new Queue<number>();
    return { ...(yield* gotFrom(queue)), take: queue.next() };
  },
  *'a put() into a full queue'() {
    const queue = new Queue<string>(1);
    yield* queue.put('first');
    return {
      take: queue.put('second'),
      offer: () => queue.getNowait(),
      untouched: async () => queue.qsize() === 0,
      lines: [queue],
    };
  },
  *'a get() of a channel'() {
    const channel = new Channel<number>();
    return rendezvous(channel, channel.get(), () => channel.put(1));
  },
  *'a put() into a channel'() {
    const channel = new Channel<number>();
    return rendezvous(channel, channel.put(1), () => channel.get());
  },
  'lock.acquire()': () => heldBySomebody(new Lock(), (lock) => lock.acquire()),
  'lock.hold()': () => heldBySomebody(new Lock(), (lock) => lock.hold()),
  'semaphore.acquire()': () => heldBySomebody(new Semaphore(1), (semaphore) => semaphore.acquire()),
  'hold() of a BoundedSemaphore': () => heldBySomebody(new BoundedSemaphore(1), (semaphore) => semaphore.hold()),
  *'acquire() of an RLock'() {
    const lock = new RLock();
    const free = new Event();
    const holder = spawn(function* () {
      yield* lock.acquire();
      yield* free.wait();
      lock.release();
    });
    while (!lock.locked()) yield* sleep(0);
    return {
      take: lock.acquire(),
      offer: () => free.set(),
      untouched: async () => {
        await holder;
        return !lock.locked();
      },
      lines: [lock],
    };
  },
  *'take() of a RateLimiter'() {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    yield* limiter.take();
    const due = getHub().now() + 10;
    return {
      take: limiter.take(),
      offer: () => {},
      untouched: async () => {
        await sleep(Math.max(0, due - getHub().now()));
        return limiter.ready();
      },
      lines: [limiter],
    };
  },
  *'a step of iwait()'() {
    const event = new Event();
    const ready = iwait([event]);
    return {
      take: ready.next(),
      offer: () => event.set(),
      untouched: async () => (await ready.next()).done === false,
      lines: [event],
    };
  },
  *'a step of imap()'() {
    const event = new Event();
    const results = new Pool(1).imap((item: number) => item === 0 || event.wait(), [0, 1]);
    // A greenlet that has taken a step keeps the iteration open when all other consumers are killed.
    const other = spawn(function* () {
      yield* results.next();
      yield* sleep(Infinity);
    });
    yield* sleep(1);
    return {
      take: results.next(),
      offer: () => event.set(),
      untouched: async () => {
        const { done } = await results.next();
        await other.kill();
        return done === false;
      },
      lines: [event],
    };
  },
};

function* gotFrom(queue: Queue<number>): Coroutine<Prize> {
  return {
    take: queue.get(),
    offer: () => queue.putNowait(1),
    untouched: async () => queue.qsize() === 1,
    lines: [queue],
  };
}

function* heldBySomebody<L extends Semaphore | Lock>(lock: L, take: (lock: L) => Operation<unknown>): Coroutine<Prize> {
  yield* lock.acquire();
  return { take: take(lock), offer: () => lock.release(), untouched: async () => !lock.locked(), lines: [lock] };
}

/** The other side of a channel arrives when the prize is offered, and leaves at the end. */
function rendezvous(channel: Channel<number>, take: Operation<unknown>, meet: () => Operation<unknown>): Prize {
  const others: Greenlet[] = [];
  return {
    take,
    offer: () => others.push(spawn(meet)),
    untouched: async () => {
      const left = others.filter((other) => !other.ready());
      await killall(left);
      return left.length > 0;
    },
    lines: [channel],
  };
}
