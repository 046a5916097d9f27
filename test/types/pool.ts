import type { Readable } from 'node:stream';
import {
  all,
  allSettled,
  any,
  Event,
  forEach,
  type Greenlet,
  Group,
  type Iteration,
  iwait,
  Lock,
  type Nursery,
  nursery,
  type Operation,
  Pool,
  Queue,
  type Results,
  race,
  retry,
  type Selected,
  type Settlements,
  type Source,
  type Started,
  select,
  sleep,
  spawn,
} from 'greenhub';
import { accepts, check, type Equal } from './expect.js';

declare const jobs: Greenlet<number>[];
declare const pages: AsyncGenerator<{ title: string }>;
declare const bytes: ReadableStream<Uint8Array>;
declare const lines: Readable;
declare const maybe: ReadableStream<Uint8Array> | null;

function* loops() {
  const ended = yield* forEach(new Queue<Date>(), function* (item) {
    check<Equal<typeof item, Date>>();
    yield* sleep(1);
  });
  check<Equal<typeof ended, void>>();
  yield* forEach(iwait(jobs), (job) => check<Equal<typeof job, Greenlet<number>>>());
  yield* forEach(pages, async (page) => check<Equal<typeof page.title, string>>());
  yield* forEach(bytes, (chunk) => check<Equal<typeof chunk, Uint8Array>>());
  yield* forEach([1, 2], (item) => check<Equal<typeof item, number>>());
  yield* forEach(new Map([['a', 1]]), (item) => check<Equal<typeof item, [string, number]>>());
  yield* forEach('text', (letter) => check<Equal<typeof letter, string>>());
  // @ts-expect-error a body can be missing: response.body may be null
  yield* forEach(maybe, () => {});
  // @ts-expect-error a number has no items
  yield* forEach(5, () => {});
  // @ts-expect-error a loop has a body
  yield* forEach([1]);
}
spawn(loops);

// Node types the chunks of a stream as `any`, so the loop does too.
accepts<Source<unknown>>(lines);

function* length(text: string) {
  yield* sleep(1);
  return text.length;
}
declare const texts: Queue<string>;
declare const dates: Operation<Date>[];
declare const answer: Promise<'yes' | 'no'>;
declare const job: Greenlet<{ id: number }>;

function* combinators() {
  // all: a tuple by position, a list of one type, any iterable.
  const tuple = yield* all([
    () => length('text'),
    texts.get(),
    answer,
    job,
    async () => true,
    () => texts.get(),
    function* () {
      yield* sleep(1);
      return 'generated' as const;
    },
    () => {},
  ]);
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what a body gives that gives nothing
  check<Equal<typeof tuple, [number, string, 'yes' | 'no', { id: number }, boolean, string, 'generated', void]>>();
  const [first, second] = yield* all([sleep(1), texts.get()]);
  check<Equal<typeof first, void>>();
  check<Equal<typeof second, string>>();
  const list = yield* all(dates);
  check<Equal<typeof list, Date[]>>();
  const ofMap = yield* all(['a', 'b'].map((text) => () => length(text)));
  check<Equal<typeof ofMap, number[]>>();
  const ofSet = yield* all(new Set(dates));
  check<Equal<typeof ofSet, Date[]>>();
  const none = yield* all([]);
  check<Equal<typeof none, []>>();
  check<Equal<Results<[Operation<1>, () => Promise<2>]>, [1, 2]>>();

  // allSettled: the shape of Promise.allSettled.
  const settled = yield* allSettled([() => length('text'), answer]);
  check<Equal<typeof settled, [PromiseSettledResult<number>, PromiseSettledResult<'yes' | 'no'>]>>();
  const settledList = yield* allSettled(dates);
  check<Equal<typeof settledList, PromiseSettledResult<Date>[]>>();
  const settledSet = yield* allSettled(new Set(dates));
  check<Equal<typeof settledSet, PromiseSettledResult<Date>[]>>();
  check<Equal<Settlements<[Operation<1>]>, [PromiseSettledResult<1>]>>();
  for (const settlement of settledList) {
    if (settlement.status === 'fulfilled') check<Equal<typeof settlement.value, Date>>();
  }

  // race and any: one of the results.
  const raced = yield* race([() => length('text'), texts.get(), sleep(1)]);
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what a body gives that gives nothing
  check<Equal<typeof raced, number | string | void>>();
  const racedList = yield* race(dates);
  check<Equal<typeof racedList, Date>>();
  const nested = yield* race([race([job, answer]), any(dates)]);
  check<Equal<typeof nested, { id: number } | 'yes' | 'no' | Date>>();
  const anyOf = yield* any([async () => 1, () => texts.get(), new Lock().hold()]);
  check<Equal<typeof anyOf, number | string | Disposable>>();

  // select: the key determines the type of the value.
  const selected = yield* select({
    item: texts.get(),
    stop: new Event().wait(),
    late: sleep(1),
    job,
    size: () => length('a'),
  });
  check<Equal<typeof selected.key, 'item' | 'stop' | 'late' | 'job' | 'size'>>();
  switch (selected.key) {
    case 'item':
      check<Equal<typeof selected.value, string>>();
      break;
    case 'stop':
      check<Equal<typeof selected.value, boolean>>();
      break;
    case 'job':
      check<Equal<typeof selected.value, { id: number }>>();
      break;
    case 'size':
      check<Equal<typeof selected.value, number>>();
      break;
    default:
      check<Equal<typeof selected.key, 'late'>>();
      check<Equal<typeof selected.value, void>>();
  }
  const { key, value } = yield* select({ text: texts.get(), answer });
  if (key === 'answer') check<Equal<typeof value, 'yes' | 'no'>>();
  else check<Equal<typeof value, string>>();
  check<Equal<Selected<{ a: Operation<1>; b: () => 2 }>, { key: 'a'; value: 1 } | { key: 'b'; value: 2 }>>();

  // @ts-expect-error the operations are a list
  yield* all(texts.get(), answer);
  // @ts-expect-error a list, not an object
  yield* race({ a: texts.get() });
  // @ts-expect-error an object, not a list
  yield* select([texts.get()]);
  // @ts-expect-error a number is no operation
  yield* any([1]);
  // @ts-expect-error a body takes no parameters
  yield* all([length]);
  // @ts-expect-error there is no such key
  if (selected.key === 'nothing') return;
  // @ts-expect-error which one it is must be known first
  selected.value.length;
}
spawn(combinators);

function* groups() {
  const pool = new Pool(10);
  const group = new Group();
  const member = pool.spawn(length, 'text');
  check<Equal<typeof member, Greenlet<number>>>();
  check<Equal<typeof pool.capacity, number>>();
  for (const each of group) check<Equal<typeof each, Greenlet>>();
  accepts<Group>(pool);
  const joined = yield* group.join({ timeout: 10, raiseError: true });
  check<Equal<typeof joined, boolean>>();
  const killed = yield* group.kill({ reason: new Error('no'), timeout: 10 });
  check<Equal<typeof killed, void>>();
  const available = yield* pool.waitAvailable({ timeout: 10 });
  check<Equal<typeof available, boolean>>();

  const applied = yield* pool.apply(length, ['text']);
  check<Equal<typeof applied, number>>();
  const appliedAsync = pool.applyAsync(
    async (text: string) => text.length > 1,
    ['text'],
    (long) => check<Equal<typeof long, boolean>>(),
  );
  check<Equal<typeof appliedAsync, Greenlet<boolean>>>();

  const mapped = yield* pool.map(length, ['a', 'b']);
  check<Equal<typeof mapped, number[]>>();
  const mappedAsync = yield* pool.map(async (page) => page.title, pages);
  check<Equal<typeof mappedAsync, string[]>>();
  const ordered = pool.imap(length, texts, { maxsize: 5 });
  check<Equal<typeof ordered, Iteration<number>>>();
  const unordered = pool.imapUnordered((date) => date, new Set([new Date()]));
  check<Equal<typeof unordered, Iteration<Date>>>();
  const chained = pool.imap((size) => sleep(size), ordered);
  check<Equal<typeof chained, Iteration<void>>>();
  const step = yield* ordered.next();
  check<Equal<typeof step, IteratorResult<number, undefined>>>();
  yield* forEach(ordered, (size) => check<Equal<typeof size, number>>());

  // @ts-expect-error a string, not a number
  pool.spawn(length, 1);
  // @ts-expect-error the arguments are an array
  pool.apply(length, 'text');
  // @ts-expect-error of another type
  pool.map(length, [1, 2]);
  // @ts-expect-error the function comes first
  pool.map(['a'], length);
  // @ts-expect-error there is no such option
  pool.imap(length, ['a'], { maxSize: 1 });
  // @ts-expect-error a greenlet that the hub runs
  group.add(sleep(1));
  // @ts-expect-error a number
  new Pool('2');
}
spawn(groups);

function* nurseries() {
  const value = yield* nursery(function* (n) {
    check<Equal<typeof n, Nursery>>();
    const child = n.spawn(length, 'text');
    check<Equal<typeof child, Greenlet<number>>>();
    const port = yield* n.start(function* (started: Started<number>, host: string) {
      started(host.length);
      yield* sleep(1);
    }, 'host');
    check<Equal<typeof port, number>>();
    const inPlace = yield* n.start((started: Started<Date>) => started(new Date()));
    check<Equal<typeof inPlace, Date>>();
    // @ts-expect-error the argument is missing
    n.start(function* (_: Started<number>, host: string) {
      yield* length(host);
    });
    // @ts-expect-error a string, not a number
    n.spawn(length, 1);
    return child.name;
  });
  check<Equal<typeof value, string>>();
  const nothing = yield* nursery(() => {});
  check<Equal<typeof nothing, void>>();
  const asynchronous = yield* nursery(async () => 1);
  check<Equal<typeof asynchronous, number>>();
  const ofChild = yield* nursery((n) => n.spawn(length, 'text'));
  check<Equal<typeof ofChild, number>>();
  // @ts-expect-error a nursery has a body
  yield* nursery();
}
spawn(nurseries);

function* retries() {
  const size = yield* retry(() => length('text'), { attempts: 3, jitter: true });
  check<Equal<typeof size, number>>();
  const attempted = yield* retry(function* (attempt) {
    check<Equal<typeof attempt, number>>();
    yield* sleep(1);
    return `attempt ${attempt}` as const;
  });
  check<Equal<typeof attempted, `attempt ${number}`>>();
  const promised = yield* retry(async () => true);
  check<Equal<typeof promised, boolean>>();
  const got = yield* retry(() => texts.get(), {
    retryIf(error, attempt) {
      check<Equal<typeof error, unknown>>();
      return attempt < 3;
    },
  });
  check<Equal<typeof got, string>>();
  const text = yield* retry(texts.get());
  check<Equal<typeof text, string>>();
  // @ts-expect-error there is no such option
  yield* retry(() => 1, { tries: 3 });
  // @ts-expect-error retryIf says true or false
  yield* retry(() => 1, { retryIf: () => 'yes' });
}
spawn(retries);

// Outside greenlets the same operations are awaited.
const results = await Promise.all([
  all([texts.get(), answer]),
  race([texts.get(), job]),
  select({ text: texts.get() }),
  new Pool(1).map(length, ['a']),
  nursery(() => 1),
  retry(() => 'text'),
]);
check<
  Equal<
    typeof results,
    [[string, 'yes' | 'no'], string | { id: number }, { key: 'text'; value: string }, number[], number, string]
  >
>();
