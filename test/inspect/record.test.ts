import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Event,
  type Greenlet,
  GreenletExit,
  getcurrent,
  greenlet,
  joinall,
  killall,
  Lock,
  Queue,
  shield,
  sleep,
  spawn,
  spawnLater,
  withTimeout,
} from '../../lib/index.ts';
import { record, type Trace } from '../../lib/inspect/index.ts';
import { observe } from '../../lib/inspect/observing.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { type Parsed, parseTrace } from '../support/devtools.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { onRandomSchedules, Random } from '../support/random.ts';

const test = suite('record()');

/** Records `main` in a greenlet, and parses the trace. */
async function traced(main: () => Coroutine<unknown>): Promise<Parsed> {
  const recording = record();
  await spawn(main);
  return parseTrace(JSON.stringify(recording.stop()));
}

/** The names of the slices on the track of the greenlet of this function. */
function slicesOf({ slices }: Parsed, name: string): string[] {
  const [track] = [...slices.keys()].filter((each) => each.replace(/-\d+$/, '') === name);
  if (track === undefined) throw new Error(`no track of ${name} among ${[...slices.keys()]}`);
  return (slices.get(track) as { name: string }[]).map((slice) => slice.name.replaceAll(/-\d+/g, ''));
}

test('a greenlet has a track with its runs and its waits, named after what it waits for', async () => {
  const trace = await traced(function* main() {
    const queue = new Queue<number>();
    queue.name = 'jobs';
    const consumer = spawn(function* consumer() {
      yield* queue.get();
      yield* sleep(1);
    });
    yield* sleep(0);
    queue.putNowait(1);
    yield* consumer;
  });

  assert.equal(slicesOf(trace, 'consumer'), [
    'ready',
    'consumer',
    'waits for an item of jobs',
    'ready',
    'consumer',
    'waits for sleep(1)',
    'ready',
    'consumer',
    'wakes main',
  ]);
});

test('an arrow leads from the greenlet that wakes to the greenlet that it wakes', async () => {
  const event = new Event();
  const { arrows } = await traced(function* main() {
    const waiter = spawn(function* waiter() {
      yield* event.wait();
    });
    yield* sleep(0);
    event.set();
    yield* waiter;
  });
  const plain = arrows.map((arrow) => arrow.map((name) => name.replaceAll(/-\d+/g, '')).join(' | '));

  assert.ok(plain.includes('main | spawns waiter | waiter'));
  assert.ok(plain.includes('main | wakes waiter | waiter'));
  assert.ok(plain.includes('waiter | wakes main | main'));
});

test('the trace has marks for spawn, kill, timeout and error', async ({ reported }) => {
  const recording = record();
  const killed = spawn(function* killed() {
    yield* sleep(1_000);
  });
  spawn(function* fails() {
    throw new Error('oh');
  });
  await spawn(function* main() {
    yield* withTimeout(1, sleep(1_000), { timeoutValue: null });
    killed.kill();
    yield* sleep(1);
  });
  const { traceEvents } = recording.stop().toJSON();
  const marks = traceEvents.filter(({ ph }) => ph === 'i').map(({ name }) => name.replaceAll(/-\d+/g, ''));
  reported.length = 0;

  for (const mark of ['spawn killed', 'kill by main', 'timeout', 'error', 'error that nobody took']) {
    assert.ok(marks.includes(mark), mark);
  }
  // A kill is no error.
  assert.is(marks.filter((mark) => mark === 'error').length, 1);
});

test('the hub has a track with counters of ready greenlets and of timers', async () => {
  const recording = record();
  await joinall([spawn(sleep, 1), spawn(sleep, 2)]);
  const { traceEvents } = recording.stop().toJSON();
  const counters = traceEvents.filter(({ ph }) => ph === 'C');

  assert.ok(counters.some(({ args }) => args?.timers === 2));
  assert.equal(counters.filter(({ name }) => name === 'ready').at(-1)?.args, { ready: 0 });
  assert.ok(counters.every(({ args }) => Number(Object.values(args ?? {})[0]) >= 0));
});

test('a greenlet that is alone is ready after its sleep(0)', async () => {
  const recording = record();
  await new Promise<void>((resolve) => {
    spawn(function* alone() {
      yield* sleep(0);
    }).link(() => resolve());
  });
  const trace = await parseTrace(JSON.stringify(recording.stop()));

  // Both slices that follow the sleep begin at the same time, so their order is of no meaning.
  assert.equal(slicesOf(trace, 'alone').sort(), ['alone', 'alone', 'ready', 'ready', 'spawns follow']);
});

test('raw greenlets and the waits of main have tracks too', async () => {
  const recording = record();
  const main = getcurrent();
  const raw = greenlet(function* ping() {
    yield* main.switch();
    yield* main.switch();
  });
  raw.switch();
  raw.switch();
  await sleep(0);
  const trace = await parseTrace(JSON.stringify(recording.stop()));

  assert.equal(slicesOf(trace, 'ping'), [
    'ping',
    'waits for a switch back to it',
    'ping',
    'waits for a switch back to it',
  ]);
  assert.ok(slicesOf(trace, 'await in main').includes('await in main'));
});

test('a greenlet that is ended, alive, renamed or unstarted has its own name', async () => {
  const recording = record();
  const renamed = spawn(function* () {});
  renamed.name = 'Hypatia';
  const alive = spawn(function* alive() {
    yield* sleep(1);
  });
  const never = spawn(function* never() {});
  never.kill();
  await renamed;
  const { tracks, slices } = await parseTrace(JSON.stringify(recording.stop()));
  await alive;

  assert.is(tracks.get(renamed.id), 'Hypatia');
  assert.is(tracks.get(alive.id), `alive-${alive.id}`);
  assert.is(tracks.get(never.id), `never-${never.id}`);
  assert.equal(
    slices.get(`never-${never.id}`)?.map(({ name }) => name),
    ['ready'],
  );
});

test('a greenlet that ends its own wait runs on, and is not ready meanwhile', async () => {
  const recording = record();
  const own: Greenlet = spawn(function* killed() {
    try {
      own.kill();
      yield* sleep(60_000);
    } finally {
      yield* shield(sleep(1));
    }
  });
  await own.join();
  const trace = recording.stop();
  const counters = trace.toJSON().traceEvents.filter(({ ph, name }) => ph === 'C' && name === 'ready');

  assert.equal(counters.at(-1)?.args, { ready: 0 });
  assert.equal(slicesOf(await parseTrace(JSON.stringify(trace)), 'killed').slice(0, 5), [
    'ready',
    'killed',
    'waits for sleep(1)',
    'ready',
    'killed',
  ]);
});

test('greenlets that were there before have tracks with what they do from the beginning on', async () => {
  const queue = new Queue<number>();
  queue.name = 'jobs';
  const early = spawn(function* early() {
    yield* queue.get();
  });
  const stuck = spawn(function* stuck() {
    yield* new Event().wait();
  });
  const later = spawnLater(60_000, function* later() {});
  await waitAllBlocked();
  const ready = spawn(function* ready() {});
  const recording = record();
  queue.putNowait(1);
  await early;
  const trace = await parseTrace(JSON.stringify(recording.stop()));
  await killall([stuck, later, ready]);

  assert.equal(slicesOf(trace, 'early').slice(0, 3), ['waits for an item of jobs', 'ready', 'early']);
  assert.match(slicesOf(trace, 'stuck').join(), /^waits for Event#\d+ to be set$/);
  assert.equal(slicesOf(trace, 'later'), ['waits for its start']);
  assert.equal(slicesOf(trace, 'ready').slice(0, 2), ['ready', 'ready']);
});

test('a recording ends with its block, and is the same when it is read later', async () => {
  const held = await (async () => {
    using recording = record();
    await spawn(function* inside() {});
    return recording;
  })();
  await spawn(function* outside() {});
  await sleep(5);
  const { tracks } = await parseTrace(JSON.stringify(held.stop()));

  const names = [...tracks.values()].map((name) => name.replace(/-\d+$/, ''));
  assert.ok(names.includes('inside'));
  assert.not.ok(names.includes('outside'));
});

test('a name that cannot be shown harms neither the program nor the trace', async () => {
  const lock = new Lock();
  Object.assign(lock, { name: Symbol('no text') });
  const recording = record();
  await lock.acquire();
  const waiter = spawn(function* waiter() {
    yield* lock.acquire();
  });
  const named = spawn(function* () {
    yield* sleep(0);
  });
  Object.assign(named, { name: Symbol('nor this') });
  await sleep(1);
  lock.release();
  await joinall([waiter, named]);
  const trace = await parseTrace(JSON.stringify(recording.stop()));

  assert.ok(slicesOf(trace, 'waiter').includes('waits for (cannot be shown)'));
  assert.is(trace.tracks.get(named.id), 'Symbol(nor this)');
});

test('past maxEvents the oldest events go, and the trace says how many', async () => {
  const recording = record({ maxEvents: 10 });
  await spawn(function* () {
    for (let i = 0; i < 50; i += 1) yield* sleep(0);
  });
  const trace = recording.stop();

  assert.is(trace.events, 10);
  assert.ok(trace.dropped > 40);
  assert.is(trace.toJSON().otherData.dropped, trace.dropped);
  await parseTrace(JSON.stringify(trace));
});

test('write() writes the same trace to a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-'));
  try {
    const recording = record();
    await joinall([1, 2, 3].map((ms) => spawn(sleep, ms)));
    const trace = recording.stop();
    trace.write(join(folder, 'trace.json'));

    assert.equal(JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8')), JSON.parse(JSON.stringify(trace)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a recording that has stopped records no more, and stop() gives the same trace again', async () => {
  const recording = record();
  await spawn(sleep, 0);
  const trace = recording.stop();
  const { events } = trace;
  await spawn(sleep, 0);

  assert.is(trace.events, events);
  assert.is(recording.stop(), trace);
});

/** The names of the events, but not the counters, which are not in the trace at every change. */
function namesIn(trace: Trace): string[] {
  return trace
    .toJSON()
    .traceEvents.filter(({ ph }) => ph !== 'C')
    .map(({ name }) => name);
}

test('two recordings at once see the same', async () => {
  const [one, other] = [record(), record()];
  await spawn(sleep, 1);
  const [first, second] = [other.stop(), one.stop()];

  assert.is(first.events, second.events);
  assert.equal(namesIn(first), namesIn(second));
});

test('a recording and a trace are shown in one line', async () => {
  const recording = record({ maxEvents: 3 });
  await spawn(sleep, 0);
  const on = inspect(recording);
  const trace = recording.stop();

  assert.match(on, /^Recording \{ on, 3 events, \d+ dropped \}$/);
  assert.match(inspect(recording), /^Recording \{ stopped, 3 events, \d+ dropped \}$/);
  assert.match(`${trace} ${inspect(trace)}`, /^(Trace \{ 3 events, \d+ dropped \}) \1$/);
});

test('refuses other numbers of events', () => {
  for (const maxEvents of [0, -1, 1.5, Number.NaN, Infinity]) {
    assert.instance(
      thrownBy(() => record({ maxEvents })),
      RangeError,
    );
  }
  for (const options of [{ maxEvent: 5 }, { maxEvents: '5' }, { maxEvents: null }]) {
    assert.instance(
      thrownBy(() => record(options as never)),
      TypeError,
    );
  }
});

test('an observer that does not follow switches costs switches nothing, beside a recording or not', async () => {
  const spawned: string[] = [];
  const stop = observe({
    followsSwitches: false,
    readsClock: false,
    spawned: ({ name }) => spawned.push(name.replace(/-\d+$/, '')),
    woken: () => assert.unreachable(),
    switched: () => assert.unreachable(),
    killed() {},
    timedOut() {},
    ended() {},
    failed() {},
  });
  await spawn(sleep, 0);
  const recording = record();
  stop();
  stop();
  await spawn(sleep, 0);

  assert.equal(spawned, ['sleep', 'main']);
  assert.ok(recording.stop().events > 0);
});

/** Runs a random program, and returns what has happened in it. */
async function outcomesOf(seed: number): Promise<string[]> {
  const random = new Random(seed);
  const outcomes: string[] = [];
  const queue = new Queue<number>(2);
  const lock = new Lock();
  function* worker(number: number): Coroutine<void> {
    for (let step = 0; step < 5; step += 1) {
      const drawn = random.int(0, 4);
      if (drawn === 0) yield* sleep(random.int(0, 3));
      else if (drawn === 1) yield* withTimeout(random.int(1, 5), queue.put(number), { timeoutValue: null });
      else if (drawn === 2)
        outcomes.push(`${number} got ${yield* withTimeout(3, queue.get(), { timeoutValue: null })}`);
      else if (drawn === 3) {
        using _held = yield* lock.hold();
        yield* sleep(random.int(0, 2));
      } else (random.pick(workers) as Greenlet).kill();
      outcomes.push(`${number} did ${drawn}`);
    }
  }
  const workers: Greenlet[] = [1, 2, 3, 4].map((number) => spawn(worker, number));
  await joinall(workers);
  return [...outcomes, ...workers.map(({ exception, order }) => `${exception instanceof GreenletExit} ${order > 0}`)];
}

test('under random schedules a program does the same with and without a recording', async () => {
  await onRandomSchedules(300, async (random) => {
    const seed = random.int(0, 2 ** 31);
    const expected = await outcomesOf(seed);
    const recording = record({ maxEvents: 200 });
    const recorded = await outcomesOf(seed);
    await parseTrace(JSON.stringify(recording.stop()));

    assert.equal(recorded, expected);
  });
});

test.run();
