import {
  AsyncResult,
  Empty,
  Event,
  Full,
  type Greenlet,
  Local,
  Lock,
  type Operation,
  Queue,
  Semaphore,
  ShutDown,
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
for (const error of [new Empty(), new Full('no room'), new ShutDown()]) check<Equal<typeof error.message, string>>();
