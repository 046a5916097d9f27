import {
  AsyncResult,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Channel,
  type Comparator,
  Condition,
  Empty,
  Event,
  Full,
  type Greenlet,
  JoinableQueue,
  LifoQueue,
  Local,
  Lock,
  type Operation,
  type Prioritized,
  PriorityQueue,
  Queue,
  RateLimiter,
  type RateLimiterOptions,
  RLock,
  Semaphore,
  ShutDown,
  sleep,
  spawn,
} from 'greenhub';
import { check, type Equal } from './expect.js';

interface Job {
  url: string;
  depth: number;
}

function* events() {
  const event = new Event();
  const set = yield* event.wait({ timeout: 10 });
  check<Equal<typeof set, boolean>>();
  check<Equal<ReturnType<typeof event.isSet>, boolean>>();
  event.set();
  event.clear();
  event.name = 'green';
  // @ts-expect-error an Event has no value: that is an AsyncResult
  event.set(1);
}

function* results() {
  const result = new AsyncResult<Date>();
  const got = yield* result.get({ timeout: 10 });
  const waited = yield* result.wait();
  check<Equal<typeof got, Date>>();
  check<Equal<typeof waited, Date | undefined>>();
  check<Equal<ReturnType<typeof result.getNowait>, Date>>();
  check<Equal<typeof result.value, Date | undefined>>();
  check<Equal<typeof result.exception, unknown>>();
  check<Equal<ReturnType<typeof result.ready>, boolean>>();
  check<Equal<ReturnType<typeof result.successful>, boolean>>();
  result.set(new Date());
  result.setException('anything can be thrown');
  result.link((source) => check<Equal<typeof source, AsyncResult<Date>>>());
  result.link(new AsyncResult<Date>());
  result.unlink(console.log);
  // @ts-expect-error it is a Date
  result.set('today');
  // @ts-expect-error a value is needed
  result.set();
  new AsyncResult<void>().set();
}

function* queues() {
  const queue = new Queue<Job>(10);
  const got = yield* queue.get({ timeout: 10 });
  const peeked = yield* queue.peek();
  const put = yield* queue.put({ url: '/', depth: 0 }, { timeout: 10 });
  const step = yield* queue.next();
  check<Equal<typeof got, Job>>();
  check<Equal<typeof peeked, Job>>();
  check<Equal<typeof put, void>>();
  check<Equal<typeof step, IteratorResult<Job, undefined>>>();
  check<Equal<ReturnType<typeof queue.getNowait>, Job>>();
  check<Equal<ReturnType<typeof queue.peekNowait>, Job>>();
  check<Equal<ReturnType<typeof queue.putNowait>, void>>();
  check<Equal<ReturnType<typeof queue.qsize>, number>>();
  check<Equal<ReturnType<typeof queue.empty>, boolean>>();
  check<Equal<ReturnType<typeof queue.full>, boolean>>();
  check<Equal<typeof queue.maxsize, number>>();
  queue.shutdown({ immediate: true });
  // @ts-expect-error the depth is missing
  yield* queue.put({ url: '/' });
  // @ts-expect-error a Job, not a string
  queue.putNowait('/');
  // @ts-expect-error the options come last, and an item first
  yield* queue.put();
  // @ts-expect-error the bound is fixed
  queue.maxsize = 5;
  // @ts-expect-error the bound is a number
  new Queue<Job>('10');

  const untyped = new Queue();
  const unknown = yield* untyped.get();
  check<Equal<typeof unknown, unknown>>();
}

function* kindsOfQueues() {
  const stack = new LifoQueue<Job>(10);
  const tasks = new JoinableQueue<Job>();
  const channel = new Channel<Job>();
  for (const queue of [stack, tasks, channel]) {
    const got = yield* queue.get({ timeout: 10 });
    const put = yield* queue.put(got, { timeout: 10 });
    const step = yield* queue.next();
    check<Equal<typeof got, Job>>();
    check<Equal<typeof put, void>>();
    check<Equal<typeof step, IteratorResult<Job, undefined>>>();
  }
  const plain: Queue<Job>[] = [stack, tasks, channel, new PriorityQueue<Job>(1, byDepth)];
  plain.length = 0;
  const joined = yield* tasks.join({ timeout: 10 });
  check<Equal<typeof joined, boolean>>();
  check<Equal<ReturnType<typeof tasks.taskDone>, void>>();
  check<Equal<typeof tasks.unfinishedTasks, number>>();
  // @ts-expect-error it is counted, not set
  tasks.unfinishedTasks = 0;
  // @ts-expect-error only a JoinableQueue can be joined
  stack.join();
  // @ts-expect-error a Channel has no capacity
  new Channel<Job>(1);
  // @ts-expect-error a Job, not a string
  stack.putNowait('/');
  // @ts-expect-error the bound is a number
  new LifoQueue<Job>('10');
  for (const untyped of [yield* new LifoQueue().get(), yield* new Channel().get(), yield* new JoinableQueue().get()]) {
    check<Equal<typeof untyped, unknown>>();
  }
}

const byDepth: Comparator<Job> = (a, b) => a.depth - b.depth;

function* priorities() {
  const agenda = new PriorityQueue<[number, Job]>();
  const [priority, job] = yield* agenda.get();
  check<Equal<typeof priority, number>>();
  check<Equal<typeof job, Job>>();
  const jobs = new PriorityQueue(Infinity, byDepth);
  const least = yield* jobs.peek();
  check<Equal<typeof least, Job>>();
  const open = new PriorityQueue();
  const any = yield* open.get();
  check<Equal<typeof any, Prioritized>>();
  open.putNowait(1);
  open.putNowait([new Date(), 'anything']);
  // @ts-expect-error an object has no priority of its own
  open.putNowait({ url: '/', depth: 0 });
  // @ts-expect-error a pair is needed
  agenda.putNowait(1);
  // @ts-expect-error a comparator gives a number
  new PriorityQueue<Job>(1, (a, b) => a.depth < b.depth);
}

async function iterated(queue: Queue<Job>) {
  for await (const job of queue) check<Equal<typeof job, Job>>();
}

function* locks() {
  const lock = new Lock();
  const semaphore = new Semaphore(3);
  const acquired = yield* lock.acquire({ timeout: 10, blocking: true });
  const permit = yield* semaphore.acquire({ blocking: false });
  check<Equal<typeof acquired, boolean>>();
  check<Equal<typeof permit, boolean>>();
  check<Equal<ReturnType<typeof lock.locked>, boolean>>();
  check<Equal<ReturnType<typeof lock.release>, void>>();
  check<Equal<typeof semaphore.counter, number>>();
  check<Equal<ReturnType<typeof semaphore.ready>, boolean>>();
  using held = yield* lock.hold();
  using slot = yield* semaphore.hold();
  check<Equal<typeof held, Disposable>>();
  check<Equal<typeof slot, Disposable>>();
  // @ts-expect-error an operation is no Disposable: using held = yield* lock.hold()
  using _forgotten = lock.hold();
  // @ts-expect-error a number of permits
  new Semaphore('3');
  // @ts-expect-error the options are an object
  yield* lock.acquire(false);
}

function* kindsOfLocks() {
  const lock = new RLock();
  const semaphore = new BoundedSemaphore(3);
  const acquired = yield* lock.acquire({ timeout: 10, blocking: true });
  const permit = yield* semaphore.acquire({ blocking: false });
  check<Equal<typeof acquired, boolean>>();
  check<Equal<typeof permit, boolean>>();
  check<Equal<ReturnType<typeof lock.release>, void>>();
  check<Equal<typeof semaphore.counter, number>>();
  using held = yield* lock.hold();
  using slot = yield* semaphore.hold();
  check<Equal<typeof held, Disposable>>();
  check<Equal<typeof slot, Disposable>>();
  // @ts-expect-error an operation is no Disposable: using held = yield* lock.hold()
  using _forgotten = lock.hold();
  // @ts-expect-error an RLock has no permits
  new RLock(3);
  // @ts-expect-error a number of permits
  new BoundedSemaphore('3');
}

function* conditions() {
  const condition = new Condition(new Lock());
  const notified = yield* condition.wait({ timeout: 10 });
  const found = yield* condition.waitFor(() => new Date(), { timeout: 10 });
  const blocked = yield* condition.waitFor(function* () {
    yield* sleep(1);
    return 42;
  });
  check<Equal<typeof notified, boolean>>();
  check<Equal<typeof found, Date>>();
  check<Equal<typeof blocked, number>>();
  check<Equal<ReturnType<typeof condition.notify>, void>>();
  check<Equal<ReturnType<typeof condition.notifyAll>, void>>();
  condition.notify(2);
  using _ = yield* condition.lock.hold();
  new Condition(new RLock());
  // @ts-expect-error a Semaphore has no holder
  new Condition(new Semaphore());
  // @ts-expect-error a predicate is needed
  condition.waitFor(true);
  // @ts-expect-error the lock is fixed
  condition.lock = new Lock();
}

function* barriers() {
  const barrier = new Barrier(3);
  const number = yield* barrier.wait({ timeout: 10 });
  check<Equal<typeof number, number>>();
  check<Equal<typeof barrier.parties, number>>();
  check<Equal<typeof barrier.waiting, number>>();
  check<Equal<typeof barrier.broken, boolean>>();
  check<Equal<ReturnType<typeof barrier.reset>, void>>();
  check<Equal<ReturnType<typeof barrier.abort>, void>>();
  // @ts-expect-error abort() and reset() decide that
  barrier.broken = true;
  // @ts-expect-error a number of parties is needed
  new Barrier();
}

function* limiters() {
  const options: RateLimiterOptions = { limit: 3, interval: 1_000, burst: 1 };
  const limiter = new RateLimiter(options);
  const taken = yield* limiter.take({ timeout: 10 });
  check<Equal<typeof taken, boolean>>();
  check<Equal<ReturnType<typeof limiter.ready>, boolean>>();
  check<Equal<typeof limiter.burst, number>>();
  new RateLimiter({ limit: 3 });
  // @ts-expect-error a limit is needed
  new RateLimiter({ interval: 1_000 });
  // @ts-expect-error the options are an object
  new RateLimiter(3);
}

function locals() {
  const local = new Local<{ user: string; count?: number }>();
  check<Equal<typeof local.user, string | undefined>>();
  check<Equal<typeof local.count, number | undefined>>();
  local.user = 'ann';
  delete local.user;
  // @ts-expect-error a user is a string
  local.user = 1;
  // @ts-expect-error there is no such attribute
  local.name = 'ann';
  const open = new Local();
  check<Equal<typeof open.anything, unknown>>();
}

const job = spawn(queues);
check<Equal<typeof job, Greenlet<void>>>();
spawn(events);
spawn(results);
spawn(locks);
spawn(kindsOfQueues);
spawn(priorities);
spawn(kindsOfLocks);
spawn(conditions);
spawn(barriers);
spawn(limiters);
locals();
await iterated(new Queue<Job>());

const awaited = await Promise.all([
  new Event().wait(),
  new AsyncResult<Date>().get(),
  new Queue<Job>().get(),
  new Lock().acquire(),
  new Lock().hold(),
]);
check<Equal<typeof awaited, [boolean, Date, Job, boolean, Disposable]>>();
check<Equal<ReturnType<Queue<Job>['get']>, Operation<Job>>>();
for (const error of [new Empty(), new Full('no room'), new ShutDown(), new BrokenBarrierError()])
  check<Equal<typeof error.message, string>>();
