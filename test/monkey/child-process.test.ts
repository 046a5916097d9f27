import childProcess, {
  type ChildProcess,
  ChildProcess as ChildProcesses,
  exec,
  execFile,
  fork,
  exec as namedExec,
  spawn as spawnChild,
} from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { external } from '../../lib/hub/loop/external-waits.ts';
import {
  Event,
  GreenletExit,
  type Operation,
  race,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { getOriginal, type OutputTimeout, unpatchAll } from '../../lib/monkey/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';
import { reportsMade } from '../support/reports.ts';

const all = suite('child-process');
const test = patching(all);

/** Prints a line and continues for a long time. */
const HANG = 'echo part; exec sleep 1000';
/** The same, and ignores SIGTERM. */
const STUBBORN = "trap '' TERM; echo part; while :; do sleep 0.01; done";

type Failure = NodeJS.ErrnoException & {
  stdout?: unknown;
  stderr?: unknown;
  killed?: boolean;
  signal?: unknown;
  cmd?: string;
};

type AnyStart = (...args: unknown[]) => unknown;

/** Anything that `yield*` accepts in greenlets. */
function waitable(value: unknown): Operation<unknown> {
  return value as Operation<unknown>;
}

/** Waits until the child has printed something, and leaves the output unread. */
async function hasPrinted(child: ChildProcess): Promise<void> {
  while ((child.stdout as Socket).bytesRead === 0) await turn();
}

/** The end of a child; resolved at once if it has ended. */
async function endOf(child: ChildProcess): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

/** Starts a greenlet and returns its child once the child has printed something. */
async function started<T>(body: (note: (child: ChildProcess) => void) => Generator<unknown, T>): Promise<{
  gr: ReturnType<typeof spawn>;
  child: ChildProcess;
}> {
  const seen: ChildProcess[] = [];
  const gr = spawn(body as never, (child: ChildProcess) => seen.push(child));
  await sleep(0);
  const child = seen[0] as ChildProcess;
  await hasPrinted(child);
  return { gr, child };
}

test('exec and execFile without a callback give their output', async () => {
  const gr = spawn(function* () {
    return [
      yield* execFile('echo', ['one']),
      yield* exec('echo two; echo three >&2'),
      yield* namedExec('echo four'),
      yield* execFile('echo', ['five'], { encoding: 'buffer' }),
      yield* execFile('true'),
      yield* exec('cat "$0"; echo $GREETING', { env: { GREETING: 'hello', PATH: process.env.PATH }, shell: '/bin/sh' }),
    ].slice(0, 5);
  });

  assert.equal(await gr, [
    { stdout: 'one\n', stderr: '' },
    { stdout: 'two\n', stderr: 'three\n' },
    { stdout: 'four\n', stderr: '' },
    { stdout: Buffer.from('five\n'), stderr: Buffer.alloc(0) },
    { stdout: '', stderr: '' },
  ]);
});

test('an undefined or null callback is none, whatever arguments precede it', async () => {
  const [run, runFile, promised] = [exec, execFile, promisify(exec)] as unknown as AnyStart[];
  const starts = [
    (none: unknown) => run?.('echo one', {}, none),
    (none: unknown) => run?.('echo one', none, none),
    (none: unknown) => runFile?.('echo', ['one'], {}, none),
    (none: unknown) => runFile?.('echo', ['one'], none, none),
    (none: unknown) => promised?.('echo one', {}, none),
  ];
  for (const none of [undefined, null]) {
    for (const start of starts) {
      const output = await spawn(function* () {
        return yield* waitable(start(none));
      });
      assert.equal(output, { stdout: 'one\n', stderr: '' });
    }
  }
});

test('they still return a ChildProcess at once, and its output may be waited for later, even twice', async () => {
  const gr = spawn(function* () {
    const child = execFile('echo', ['one']);
    assert.instance(child, ChildProcesses);
    assert.type(child.pid, 'number');
    yield* sleep(5);
    return [yield* child, yield* child];
  });

  assert.equal(await gr, [
    { stdout: 'one\n', stderr: '' },
    { stdout: 'one\n', stderr: '' },
  ]);
});

for (const [what, start] of [
  ['a command that fails', (run: typeof exec) => run('echo out; echo err >&2; exit 3')],
  ['a command that a signal ends', (run: typeof exec) => run('echo out; kill -KILL $$')],
  ['a command that prints too much', (run: typeof exec) => run('echo out; echo more', { maxBuffer: 4 })],
] as const) {
  test(`${what} throws the error of util.promisify(exec)`, async () => {
    const describe = ({ name, message, code, signal, killed, cmd, stdout, stderr }: Failure): object => {
      return { name, message, code, signal, killed, cmd, stdout, stderr };
    };
    const expected = (await failureOf(start(promisify(exec) as unknown as typeof exec) as never)) as Failure;

    const gr = spawn(function* () {
      const plain = yield* outcomeOf(waitable(start(exec)));
      const promised = yield* outcomeOf(waitable(start(promisify(exec) as unknown as typeof exec)));
      return [plain.error as Failure, promised.error as Failure];
    });

    for (const error of await gr) assert.equal(describe(error), describe(expected));
  });
}

test('a program that is not there throws ENOENT, with exec, execFile, spawn and fork alike', async () => {
  const none = '/nonexistent/program';
  const gr = spawn(function* () {
    const errors: Failure[] = [];
    for (const start of [
      () => execFile(none),
      () => promisify(execFile)(none),
      () => spawnChild(none),
      () => spawnChild(none).wait(),
      () => spawnChild(none).communicate('input'),
      () => fork('program.js', { execPath: none, silent: true }),
    ]) {
      errors.push((yield* outcomeOf(waitable(start()))).error as Failure);
    }
    const child = spawnChild(none);
    yield* outcomeOf(waitable(child));
    errors.push((yield* outcomeOf(child.wait())).error as Failure);
    return errors;
  });

  const errors = await gr;

  assert.is(errors.length, 7);
  for (const { code, path, syscall } of errors) assert.equal([code, path, syscall], ['ENOENT', none, `spawn ${none}`]);
});

test('a missing program without a waiter is reported once', async (context) => {
  const gr = spawn(function* () {
    spawnChild('/nonexistent/program');
    yield* until(reportsMade());
  });
  await gr;

  const reported = context.reported.splice(0);

  assert.equal(
    reported.map(({ greenlet, error }) => [greenlet === gr, (error as Failure).code]),
    [[true, 'ENOENT']],
  );
});

test('a program that is not there is the program’s own business if it listens for errors', async () => {
  const errors: Failure[] = [];
  await spawn(function* () {
    spawnChild('/nonexistent/program').on('error', (error) => errors.push(error));
    yield* sleep(20);
  });

  assert.equal(
    errors.map(({ code }) => code),
    ['ENOENT'],
  );
});

test('waiting in a greenlet for a child that could not be spawned outside throws as well', async () => {
  const child = spawnChild('/nonexistent/program');
  const error = (await once(child, 'error').catch((thrown) => thrown))[0] as Failure;

  const later = (await failureOf(spawn(() => child.wait()))) as Failure;

  assert.equal([later.message, later.code, later.errno], [error.message, error.code, error.errno]);
});

test('a failing command without a waiter causes no unhandled rejection', async () => {
  const gr = spawn(function* () {
    yield* execFile('false').wait();
    yield* sleep(5);
  });

  await gr;
});

for (const [what, start] of [
  ['execFile', () => execFile('sh', ['-c', HANG])],
  ['exec', () => exec(HANG)],
  ['promisify(execFile)', () => promisify(execFile)('sh', ['-c', HANG])],
  ['promisify(exec)', () => promisify(exec)(HANG)],
] as const) {
  const childOf = (begun: ReturnType<typeof start>): ChildProcess => ('child' in begun ? begun.child : begun);

  test(`${what}: a killed waiter kills the child, and leaves no pipe open`, async () => {
    const { gr, child } = await started(function* (note) {
      const begun = start();
      note(childOf(begun));
      yield* waitable(begun);
    });

    const closed = once(child, 'close');

    await gr.kill();

    assert.is(await endOf(child), 'SIGTERM');
    await closed;
    assert.is(child.stdout?.destroyed, true);
    assert.instance(gr.exception, GreenletExit);
  });

  test(`${what}: a Timeout of the waiter kills the child and contains its output so far`, async () => {
    const timeout = new Timeout(1_000) as Timeout & { partial?: unknown };
    const { gr, child } = await started(function* (note) {
      const begun = start();
      note(childOf(begun));
      yield* waitable(begun);
    });

    await gr.kill({ reason: timeout });

    assert.is(gr.exception, timeout);
    assert.equal(timeout.partial, { stdout: 'part\n', stderr: '' });
    assert.is(await endOf(child), 'SIGTERM');
  });

  test(`${what}: a kill ends a child that has no waiter yet, or waits in a Promise.all`, async () => {
    const { gr, child } = await started(function* (note) {
      const begun = start();
      note(childOf(begun));
      yield* Promise.all([new Promise(() => {}), begun]);
    });

    await gr.kill();

    assert.is(await endOf(child), 'SIGTERM');
  });
}

test('a killed waiter leaves no pipe open, though a child of the child holds it', async () => {
  const timeout = new Timeout(1_000) as OutputTimeout;
  const { gr, child } = await started(function* (note) {
    const begun = exec('sleep 1000 & echo $!; wait');
    note(begun);
    yield* begun;
  });
  const closed = once(child, 'close');

  await gr.kill({ reason: timeout });
  await closed;

  process.kill(Number(timeout.partial.stdout), 'SIGKILL');
});

test('withTimeout ends a command that was started in it, and its greenlet continues', async () => {
  const seen: ChildProcess[] = [];
  const gr = spawn(function* () {
    const { error } = yield* outcomeOf(
      withTimeout(5, function* () {
        const child = exec('exec sleep 1000');
        seen.push(child);
        yield* child;
      }),
    );
    return [error instanceof Timeout, (yield* execFile('echo', ['on'])).stdout];
  });

  assert.equal(await gr, [true, 'on\n']);
  assert.is(await endOf(seen[0] as ChildProcess), 'SIGTERM');
});

test('a child that SIGTERM does not end is killed when its grace is over', async () => {
  const { gr, child } = await started(function* (note) {
    const begun = exec(STUBBORN, { killGrace: 30 });
    note(begun);
    yield* begun;
  });

  await gr.kill();

  assert.is(await endOf(child), 'SIGKILL');
});

test('killSignal is the signal that ends a child', async () => {
  const { gr, child } = await started(function* (note) {
    const begun = exec(HANG, { killSignal: 'SIGINT' });
    note(begun);
    yield* begun;
  });

  await gr.kill();

  assert.is(await endOf(child), 'SIGINT');
});

test('a killGrace that is no time is refused', async () => {
  for (const killGrace of [-1, Number.NaN]) {
    assert.instance(await failureOf(spawn(() => exec('true', { killGrace }))), RangeError);
  }
});

test('a child of spawn() ends with the greenlet that has spawned it, wherever that is', async () => {
  for (const rest of [
    (child: ChildProcess) => child.wait(),
    (child: ChildProcess) => child.communicate(),
    (child: ChildProcess) => child as never,
    () => sleep(100_000),
  ]) {
    const { gr, child } = await started(function* (note) {
      const begun = spawnChild('sh', ['-c', HANG]);
      note(begun);
      yield* waitable(rest(begun));
    });

    await gr.kill();

    assert.is(await endOf(child), 'SIGTERM');
  }
});

test('a child of spawn() ends with the body of withTimeout in which it was spawned', async () => {
  const seen: ChildProcess[] = [];
  const gr = spawn(function* () {
    const { error } = yield* outcomeOf(
      withTimeout(5, function* () {
        seen.push(spawnChild('sleep', ['1000']));
        yield* sleep(100_000);
      }),
    );
    return [error instanceof Timeout, yield* (seen[0] as ChildProcess).wait()];
  });

  assert.equal(await gr, [true, { code: null, signal: 'SIGTERM' }]);
});

test('a child outlives the normal end of its greenlet, and the end of a greenlet that only waits for it', async () => {
  const child = await spawn(() => ({ child: spawnChild('cat') })).get();
  const waiter = spawn(() => child.child.wait());
  await sleep(0);

  await waiter.kill();

  assert.is(child.child.killed, false);
  assert.equal(await child.child.communicate('still there', { encoding: 'utf8' }), {
    stdout: 'still there',
    stderr: '',
    code: 0,
    signal: null,
  });
});

test('a detached child does not end with its greenlet', async () => {
  const { gr, child } = await started(function* (note) {
    note(spawnChild('sh', ['-c', HANG], { detached: true }));
    yield* sleep(100_000);
  });

  await gr.kill();

  assert.is(child.killed, false);
  child.kill('SIGKILL');
  assert.is(await endOf(child), 'SIGKILL');
});

test('a misspelling of one of our options is refused, and no child is spawned', async () => {
  const wrong = { killgrace: 5 } as object;
  for (const start of [() => exec('true', wrong), () => execFile('true', [], wrong), () => spawnChild('true', wrong)]) {
    const error = await failureOf(spawn(() => void start()));
    assert.instance(error, TypeError);
    assert.match((error as Error).message, 'did you mean killGrace?');
  }
});

test('with killTree the children of a child end as well', async () => {
  for (const [start, stdio] of [
    [() => spawnChild('sh', ['-c', 'sleep 1000 & echo part; wait'], { killTree: true, stdio: 'pipe' }), 'spawn'],
    [() => exec('sleep 1000 & echo part; wait', { killTree: true }), 'exec'],
    [() => execFile('sh', ['-c', 'sleep 1000 & echo part; wait'], { killTree: true }), 'execFile'],
  ] as const) {
    const { gr, child } = await started(function* (note) {
      note(start());
      yield* sleep(100_000);
    });
    const group = -(child.pid as number);
    assert.is(process.kill(group, 0), true);

    await gr.kill();

    assert.is(await endOf(child), 'SIGTERM', stdio);
    // No process is left that holds the pipe.
    if (child.stdout?.destroyed !== true) await once(child.stdout as Readable, 'close');
    assert.is(Object.hasOwn(ChildProcesses.prototype, 'spawn'), true);
    assert.is((ChildProcesses.prototype as unknown as { spawn: unknown }).spawn, ownSpawn);
  }
});

const ownSpawn = (ChildProcesses.prototype as unknown as { spawn: unknown }).spawn;

test('a kill reaches the pipes, and with killTree the group, of a child that has ended before its children', async () => {
  for (const killTree of [false, true]) {
    const { gr, child } = await started(function* (note) {
      const made = spawnChild('sh', ['-c', 'sleep 1000 & echo part'], { killTree });
      note(made);
      yield* made.communicate();
    });
    if (child.exitCode === null) await once(child, 'exit');
    assert.is(child.stdout?.destroyed, false);

    await gr.kill();

    assert.is(child.stdout?.destroyed, true);
    const group = killTree ? -(child.pid as number) : 0;
    while (killTree && isThere(group)) await turn();
  }
});

function isThere(group: number): boolean {
  try {
    return process.kill(group, 0);
  } catch {
    return false;
  }
}

test('with killTree children that SIGTERM does not end are killed when their grace is over', async () => {
  const { gr, child } = await started(function* (note) {
    note(
      spawnChild('sh', ['-c', `(${STUBBORN}) & exec sleep 1000`], {
        killTree: true,
        killGrace: 30,
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      }),
    );
    yield* sleep(100_000);
  });
  const held = child.stdio[3] as Readable;
  const closed = once(held.resume(), 'close');

  await gr.kill();

  assert.is(await endOf(child), 'SIGTERM');
  await closed;
});

test('wait() gives the exit code or the signal, again and again', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('sh', ['-c', 'exit 3']);
    const killed = spawnChild('sleep', ['1000']);
    killed.kill('SIGHUP');
    return [yield* child.wait(), yield* child, yield* killed, yield* spawnChild('true').wait()];
  });

  assert.equal(await gr, [
    { code: 3, signal: null },
    { code: 3, signal: null },
    { code: null, signal: 'SIGHUP' },
    { code: 0, signal: null },
  ]);
});

test('however many wait for a child, it has one listener of each kind more, and none when they have left', async () => {
  const child = spawnChild('cat');
  const listeners = () => [child.listenerCount('exit'), child.listenerCount('error')];
  const [exit, error] = listeners() as [number, number];

  const waiters = Array.from({ length: 20 }, () => spawn(() => child.wait()));
  const killed = spawn(() => child.wait());
  await turn();
  assert.equal(listeners(), [exit + 1, error + 1]);
  await killed.kill();
  child.stdin.end();
  for (const waiter of waiters) assert.equal(await waiter, { code: 0, signal: null });
  assert.not(child.listenerCount('error') > error);
  assert.not(child.listenerCount('exit') > exit);

  const other = spawnChild('cat');
  const before = other.listenerCount('exit');
  const waiter = spawn(() => other.wait());
  await turn();
  await waiter.kill();
  assert.is(other.listenerCount('exit'), before);
  other.kill();
});

test('outside greenlets wait() and communicate() are awaited', async () => {
  const child = spawnChild('cat');

  const { stdout, code } = await child.communicate('input');

  assert.equal([stdout.toString(), code], ['input', 0]);
  assert.equal(await child.wait(), { code: 0, signal: null });
});

test('wait({ timeout }) throws a Timeout and leaves the child alone; 0 polls', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('cat');
    const first = yield* outcomeOf(child.wait({ timeout: 1 }));
    const poll = yield* outcomeOf(child.wait({ timeout: 0 }));
    child.stdin.end();
    const end = yield* child.wait({ timeout: 60_000 });
    return [first.error instanceof Timeout, poll.error instanceof Timeout, end, yield* child.wait({ timeout: 0 })];
  });

  assert.equal(await gr, [true, true, { code: 0, signal: null }, { code: 0, signal: null }]);
});

test('a wait leaves no listener, whether it is cancelled or completes', async () => {
  const child = spawnChild('cat');
  const listeners = (): number[] => ['exit', 'error', 'close'].map((name) => child.listenerCount(name));
  const before = listeners();
  for (const start of [
    () => child.wait(),
    () => child.wait({ timeout: 100_000 }),
    () => race([child.wait(), sleep(100_000)]),
  ]) {
    const gr = spawn(start as () => PromiseLike<unknown>);
    await sleep(0);
    assert.is.not(child.listenerCount('exit'), before[0]);
    await gr.kill();
    assert.equal(listeners(), before);
  }

  child.stdin.end();
  await child.wait();

  assert.equal(listeners(), before);
});

test('waits that are over, cancelled or failed do not count as waits for the outside any more', async () => {
  const before = external.waits;
  const gr = spawn(function* () {
    yield* spawnChild('true').wait();
    yield* spawnChild('cat').communicate('input');
    yield* outcomeOf(spawnChild('/nonexistent/program').wait());
    const child = spawnChild('cat');
    yield* outcomeOf(child.wait({ timeout: 1 }));
    yield* outcomeOf(child.communicate(undefined, { timeout: 0 }));
    yield* outcomeOf(child.communicate('more', { timeout: 1 }));
  });
  await gr;
  const killed = spawn(() => spawnChild('sleep', ['1000']).wait());
  await sleep(0);
  await killed.kill();

  assert.is(external.waits, before);
});

test('several greenlets wait for one child', async () => {
  const child = spawnChild('cat');
  const waiters = [1, 2, 3].map(() => spawn(() => child.wait()));
  await sleep(0);

  child.stdin.end();

  for (const waiter of waiters) assert.equal(await waiter, { code: 0, signal: null });
});

test('with a callback, exec and execFile are unchanged, in greenlets too', async () => {
  const output = new Event();
  const seen: unknown[] = [];
  await spawn(function* () {
    const child = execFile('echo', ['one'], (...answer) => {
      seen.push(answer);
      output.set();
    });
    assert.is(Object.hasOwn(child, Symbol.iterator), false);
  });
  await output.wait();

  assert.equal(seen, [[null, 'one\n', '']]);
});

test('outside greenlets children are Node’s own, and not iterable', async () => {
  for (const child of [spawnChild('true'), execFile('true'), exec('true')]) {
    assert.is((child as { [Symbol.iterator]?: unknown })[Symbol.iterator], undefined);
    assert.equal(
      Object.keys(child).filter((key) => ['wait', 'communicate'].includes(key)),
      [],
    );
    assert.is(child.listenerCount('error'), child.listenerCount('close'));
    await endOf(child);
  }
  const promise = promisify(execFile)('echo', ['one']);
  assert.instance(promise.child, ChildProcesses);
  assert.is(Object.hasOwn(promise, Symbol.iterator), false);
  assert.equal(await promise, { stdout: 'one\n', stderr: '' });
});

test('the promise of promisify(exec) in a greenlet has its child', async () => {
  const gr = spawn(function* () {
    const promise = promisify(exec)('echo one');
    assert.instance(promise.child, ChildProcesses);
    return [yield* promise, yield* promise.child.wait()];
  });

  assert.equal(await gr, [
    { stdout: 'one\n', stderr: '' },
    { code: 0, signal: null },
  ]);
});

test('wrong arguments are refused as without the patch', async () => {
  for (const where of ['inside', 'outside']) {
    for (const start of [
      () => spawnChild(''),
      () => exec(5 as never),
      () => execFile('true', [], 'no options' as never),
      () => fork('program.js', 5 as never),
    ]) {
      const error = where === 'inside' ? await spawn(() => thrownBy(start)) : thrownBy(start);
      assert.ok((error as Failure).code?.startsWith('ERR_INVALID_ARG_'), inspect(error));
    }
  }
});

test('the patched functions look like the originals', () => {
  for (const name of ['spawn', 'fork', 'exec', 'execFile'] as const) {
    const original = getOriginal<object>('child_process', name);
    const patched = childProcess[name];
    assert.is.not(patched, original);
    assert.is(inspect(patched), inspect(original));
    assert.equal(Reflect.ownKeys(patched), Reflect.ownKeys(original));
  }
});

test('unpatchAll() takes the methods off', () => {
  const { prototype } = ChildProcesses as unknown as { prototype: object };
  assert.is('wait' in prototype, true);

  unpatchAll();

  assert.equal(
    ['wait', 'communicate', Symbol.iterator].filter((key) => key in prototype),
    [],
  );
});

all.run();
