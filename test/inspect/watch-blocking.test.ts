import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { inspect, promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { type Coroutine, getcurrent, sleep, spawn } from '../../lib/index.ts';
import { type Blocked, watchBlocking } from '../../lib/inspect/index.ts';
import { root } from '../../scripts/typescript-node.js';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('watchBlocking()');

/** A data: URL cannot find the package by its name. */
const inspection = import.meta.resolve('greenhub/inspect');

/** The reports of a test. */
let reports: Blocked[] = [];
/** Their number. Atomic, because V8 need not see that a plain variable changes within a loop. */
const count = new Int32Array(new SharedArrayBuffer(4));

function watch(options?: { threshold: number }): Disposable {
  reports = [];
  Atomics.store(count, 0, 0);
  return watchBlocking({
    ...options,
    onBlocked(blocked) {
      reports.push(blocked);
      Atomics.add(count, 0, 1);
    },
  });
}

/** Loops until this many blocks were reported. */
function crunch(many: number): void {
  while (Atomics.load(count, 0) < many); // here
}

/** The line of the loop in this file. */
const loop =
  readFileSync(new URL(import.meta.url), 'utf8')
    .split('\n')
    .findIndex((line) => line.endsWith('// here')) + 1;

function* handle(many: number): Coroutine<void> {
  yield* sleep(0);
  crunch(many);
}

test('names the greenlet, the function, the file and the line, while they block', async () => {
  using _watching = watch();

  const handler = spawn(function* handler() {
    yield* handle(1);
  });
  await handler;

  const [{ greenlet, where, ms, stack }] = reports as [Blocked];
  assert.is(greenlet, handler);
  assert.match(where, new RegExp(`^crunch \\(.*watch-blocking\\.test\\.ts:${loop}:\\d+\\)$`));
  assert.ok(stack.includes(where));
  assert.match(
    stack.join('\n'),
    /^(Atomics.*\n)?crunch \(.*\nhandle \(.*\nhandler \(.*watch-blocking\.test\.ts:\d+:\d+\)$/,
  );
  assert.ok(ms >= 100);
});

test('reports each block once, and the next one again', async () => {
  const blocked: unknown[] = [];
  Atomics.store(count, 0, 0);
  using _watching = watchBlocking({
    threshold: 20,
    onBlocked({ greenlet, where }) {
      // On a busy machine, anything may block for so long.
      if (!where.startsWith('crunch ')) return;
      blocked.push(greenlet);
      Atomics.add(count, 0, 1);
    },
  });

  const greenlets = [1, 2].map((many) => spawn(crunch, many));
  for (const each of greenlets) await each;

  assert.equal(blocked, greenlets);
});

test('names main for code outside greenlets', () => {
  using _watching = watch({ threshold: 20 });

  crunch(1);

  assert.is(reports[0]?.greenlet, getcurrent());
  assert.match(reports[0]?.where ?? '', /^crunch \(/);
});

test('names the caller, while a function of Node runs', () => {
  using _watching = watch({ threshold: 20 });
  const many = Array.from({ length: 10_000 }, (_, index) => ({ index }));

  while (Atomics.load(count, 0) < 1) inspect(many, { maxArrayLength: null });

  assert.match(reports[0]?.where ?? '', /watch-blocking\.test\.ts:\d+:\d+\)?$/);
});

test('finds code that has other variables of the names globalThis and Symbol', () => {
  using _watching = watch({ threshold: 20 });

  // biome-ignore lint/suspicious/noShadowRestrictedNames: the test is about these names
  function shadows(globalThis: Int32Array, Symbol: number): void {
    while (Atomics.load(globalThis, 0) < Symbol);
  }
  shadows(count, 1);

  assert.match(reports[0]?.where ?? '', /^shadows \(/);
});

test('is shown in one line', () => {
  const watching = watch({ threshold: 20 });
  const on = inspect(watching);
  watching[Symbol.dispose]();

  assert.is(on, 'BlockingWatch { on, threshold 20 ms }');
  assert.is(inspect(watching), 'BlockingWatch { stopped, threshold 20 ms }');
});

test('refuses a worker thread', async () => {
  const program = `
    import { watchBlocking } from 'greenhub/inspect';
    import { parentPort } from 'node:worker_threads';
    try { watchBlocking(); } catch (error) { parentPort.postMessage(String(error)); }
  `;
  const url = new URL(
    `data:text/javascript,${encodeURIComponent(program.replace("'greenhub/inspect'", JSON.stringify(inspection)))}`,
  );
  const [message] = (await once(new Worker(url), 'message')) as [string];

  assert.is(message, 'GreenletError: watchBlocking() can watch the main thread only: call it there');
});

test('refuses a threshold below a millisecond, and other options', () => {
  assert.instance(
    thrownBy(() => watchBlocking({ threshold: 0 })),
    RangeError,
  );
  for (const options of [{ treshold: 5 }, { threshold: '50' }, { threshold: 50n }, { onBlocked: 'print' }]) {
    assert.instance(
      thrownBy(() => watchBlocking(options as never)),
      TypeError,
    );
  }
});

/** A program that watches, and blocks until `until` was printed on standard error. */
function program(until: string): string {
  return `
    import { spawn } from 'greenhub';
    import { watchBlocking } from 'greenhub/inspect';
    const printed = new Int32Array(new SharedArrayBuffer(4));
    console.error = (text) => {
      process.stderr.write(text + '\\n');
      if (text.includes(${JSON.stringify(until)})) Atomics.store(printed, 0, 1);
    };
    watchBlocking();
    await spawn(function* busy() {
      while (Atomics.load(printed, 0) === 0);
    });
  `;
}

async function stderrOf(flags: string[], until: string): Promise<string> {
  const args = [...flags, '--input-type=module', '--eval', program(until)];
  const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stderr;
}

test('by default it prints one line, and the program ends as without it', async () => {
  const stderr = await stderrOf([], 'has blocked');

  assert.match(stderr, /^greenhub: busy-1 has blocked the event loop for \d+ ms: busy \(.*:\d+:\d+\)\n$/);
});

test('is off while the inspector is open, and says so once', async () => {
  const stderr = await stderrOf(['--inspect=0'], 'is off');
  const ours = stderr.split('\n').filter((line) => line.startsWith('greenhub:'));

  assert.is(ours.length, 1);
  assert.match(ours[0] ?? '', /^greenhub: watchBlocking\(\) is off while the inspector is open \(ws:/);
});

test.run();
