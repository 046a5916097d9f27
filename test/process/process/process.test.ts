import { GreenletExit, joinall, select, spawn, Timeout, wait } from 'greenhub';
import { activeChildren, currentProcess, Process, parentProcess, WorkerLostError } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { textOf } from '../../support/text.ts';
import {
  Adder,
  askStrangers,
  catchItsKill,
  Doubler,
  describeItself,
  endBySignal,
  exit,
  fail,
  give,
  giveAsync,
  giveUncloneable,
  leaveThings,
  nest,
  OutOfStock,
  readInput,
  sleepLong,
  spin,
  square,
  startOne,
  surroundings,
  throwOutside,
  throwThis,
  useMuchMemory,
  waitForNothing,
} from '../targets/processes.ts';

const test = suite('Process');

for (const kind of ['process', 'thread'] as const) {
  test(`get() of a ${kind} gives the value of its target, after its end`, async () => {
    const process = new Process({ kind, target: square, args: [3] }).start();

    assert.is(process.isAlive(), true);
    assert.is(process.exitcode, null);
    assert.ok(activeChildren().includes(process));
    assert.is(await process.get(), 9);

    assert.is(process.isAlive(), false);
    assert.is(process.exitcode, 0);
    assert.is(process.ready() && process.successful(), true);
    assert.is(process.value, 9);
    assert.is(process.exception, null);
    assert.not(activeChildren().includes(process));
  });

  test(`a ${kind} runs async functions and plain ones, and takes a module and a name`, async () => {
    const module = new URL('../targets/processes.ts', import.meta.url);
    const processes = [
      new Process({ kind, target: giveAsync, args: [1] }),
      new Process({ kind, target: { module, export: 'give' }, args: [2] }),
    ];

    assert.equal(await Promise.all(processes.map((process) => process.start().get())), [1, [2]]);
  });

  test(`the arguments of a ${kind} are copied by start()`, async () => {
    const list = [1, { deep: new Map([['a', new Date(0)]]) }];
    const process = new Process({ kind, target: give, args: list }).start();
    list.length = 0;

    assert.equal(await process, [1, { deep: new Map([['a', new Date(0)]]) }]);
  });

  test(`an argument that cannot be sent is a TypeError of start(), and no ${kind} is started`, () => {
    const process = new Process({ kind, target: give, args: [{ callback: () => 1 }] });
    const before = activeChildren().length;

    const error = thrownBy(() => process.start());

    assert.instance(error, TypeError);
    assert.match(String(error), 'args[0].callback');
    assert.is(process.isAlive(), false);
    assert.is(activeChildren().length, before);
  });

  test(`a value that cannot be sent is a TypeError of get() of a ${kind}`, async () => {
    const error = await failureOf(new Process({ kind, target: giveUncloneable }).start());

    assert.instance(error, TypeError);
    assert.match(String(error), 'result.callback');
  });

  test(`the error of a ${kind} has its class, its properties, its cause, and both stacks`, async () => {
    const process = new Process({ kind, target: fail, args: ['tea'], name: 'Shop' });
    const startHere = () => process.start();

    const error = (await failureOf(startHere())) as OutOfStock;

    assert.instance(error, OutOfStock);
    assert.is(error.message, 'no tea left');
    assert.is(error.item, 'tea');
    assert.instance(error.cause, RangeError);
    assert.is(process.exitcode, 1);
    assert.is(process.exception, error);
    const [child, parent = ''] = String(error.stack).split('--- Shop was started ---');
    // The lines are those of the TypeScript source.
    assert.match(String(child), /at failing \(.*processes\.ts:\d+:/);
    assert.match(parent, /at startHere \(.*process\.test\.ts:\d+:/);
    assert.is(lineIn(child, 'processes.ts'), await lineOf('../targets/processes.ts', 'throw new OutOfStock(item)'));
    assert.is(lineIn(parent, 'process.test.ts'), await lineOf('./process.test.ts', '=> process.start();'));
  });

  test(`get() of a ${kind} throws what its target has thrown, also if that is no error`, async () => {
    for (const thrown of [null, undefined, 0, 'text', { a: 1 }]) {
      const process = new Process({ kind, target: throwThis, args: [thrown] }).start();

      assert.equal(await failureOf(process), thrown);
      assert.equal([process.exitcode, process.successful()], [1, false]);
    }
  });

  test(`process.exit(n) in a ${kind} gives exit code n, and get() throws a WorkerLostError`, async () => {
    for (const code of [0, 7, -1]) {
      const process = new Process({ kind, target: exit, args: [code] }).start();
      const error = (await failureOf(process)) as WorkerLostError;

      assert.instance(error, WorkerLostError);
      assert.is(error.exitcode, code & 0xff);
      assert.is(process.exitcode, code & 0xff);
    }
  });

  test(`an error outside of every greenlet ends a ${kind} with exit code 1, and get() throws it`, async () => {
    const process = new Process({ kind, target: throwOutside }).start();
    const error = await failureOf(process);

    assert.instance(error, RangeError);
    assert.match(String((error as Error).stack), 'was started ---');
    assert.is(process.exitcode, 1);
  });

  test(`a ${kind} whose greenlets can never be woken gets a LoopExit`, async () => {
    const error = (await failureOf(new Process({ kind, target: waitForNothing }).start())) as Error;

    assert.is(error.name, 'LoopExit');
  });

  test(`terminate() runs the cleanup of a ${kind}; its exit code is -15, and get() throws a GreenletExit`, async () => {
    const process = new Process({ kind, target: sleepLong, args: ['it'], stdio: 'pipe' }).start();
    const output = textOf(process.stdout);
    await output.until('it started');

    await process.terminate();

    assert.is(process.exitcode, -15);
    assert.instance(await failureOf(process), GreenletExit);
    assert.instance(process.exception, GreenletExit);
    assert.is(await output.whole, 'it started\nit cleaned\n');
  });

  test(`a ${kind} that spins is terminated by force after the grace, with -15 too`, async () => {
    const process = new Process({ kind, target: spin }).start();

    await process.terminate({ grace: 1 });

    assert.is(process.exitcode, -15);
    assert.instance(await failureOf(process), GreenletExit);
  });

  test(`a terminated ${kind} that returns a value all the same has that value`, async () => {
    const process = new Process({ kind, target: catchItsKill, stdio: 'pipe' }).start();
    await textOf(process.stdout).until('started');

    await process.terminate();

    assert.is(await process, 'survived');
    assert.is(process.exitcode, -15);
  });

  test(`kill() ends a ${kind} by force, with -9; get() throws a GreenletExit`, async () => {
    const process = new Process({ kind, target: spin }).start();

    await process.kill();

    assert.is(process.exitcode, -9);
    assert.instance(await failureOf(process), GreenletExit);
  });

  test(`a ${kind} that needs more memory than its limit is lost, and this process goes on`, async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 16.5, maxYoungGenerationSizeMb: 4 };
    const process = new Process({ kind, target: useMuchMemory, resourceLimits, stdio: 'ignore' }).start();

    const error = (await failureOf(process)) as WorkerLostError;

    assert.instance(error, WorkerLostError);
    assert.is(error.exitcode, process.exitcode);
    assert.is.not(process.exitcode, 0);
    assert.is.not(process.exitcode, 9, 'Node knows the flags');
  });

  test(`a ${kind} ends when its target has returned: greenlets are killed, output is whole, timers do not count`, async () => {
    const process = new Process({
      kind,
      target: leaveThings,
      args: [1_000_000],
      stdio: ['ignore', 'pipe', 'inherit'],
    }).start();
    const output = textOf(process.stdout);

    assert.is(await process, 'done');
    assert.is(await output.whole, `${'x'.repeat(1_000_000)}\ngreenlet cleaned\n`);
    assert.is(process.exitcode, 0);
  });

  test(`join() of a ${kind} gives false when the time is up, and true after the end, whatever that was`, async () => {
    const process = new Process({ kind, target: exit, args: [3] }).start();

    assert.is(await process.join({ timeout: 0 }), false);
    assert.is(await process.join({ timeout: 60_000 }), true);
    assert.is(await process.join(), true);
  });

  test(`get() of a ${kind} raises Timeout when the time is up`, async () => {
    const process = new Process({ kind, target: spin }).start();

    assert.instance(await failureOf(process.get({ timeout: 1 })), Timeout);
    await process.kill();
  });

  test(`a ${kind} can be waited for like a greenlet, also by greenlets`, async () => {
    const good = new Process({ kind, target: square, args: [2] }).start();
    const bad = new Process({ kind, target: fail, args: ['tea'] }).start();
    const squared = spawn(function* () {
      return yield* good;
    });

    assert.equal(new Set(await joinall([good, bad, squared])), new Set([good, bad, squared]));
    assert.equal(new Set(await wait([good, bad])), new Set([good, bad]));
    assert.instance(await failureOf(joinall([good, bad], { raiseError: true })), OutOfStock);
    assert.equal(await select({ good }), { key: 'good', value: 4 });
    assert.is(squared.value, 4);
  });

  test(`links of a ${kind} are called with it`, async () => {
    const good = new Process({ kind, target: square, args: [2] });
    const bad = new Process({ kind, target: fail, args: ['tea'] });
    const calls: unknown[] = [];
    const removed = () => calls.push('removed');
    for (const process of [good, bad] as Process[]) {
      process.link(removed);
      process.link((source) => calls.push(['link', source]));
      process.linkValue((source) => calls.push(['value', source]));
      process.linkException((source) => calls.push(['exception', source]));
      process.unlink(removed);
      process.start();
      await process.join();
    }
    await new Promise<void>((settle) => {
      good.link((source) => settle(assert.is(source, good)));
    });

    assert.equal(calls, [
      ['link', good],
      ['value', good],
      ['link', bad],
      ['exception', bad],
    ]);
  });

  test(`a ${kind} knows itself and its parent`, async () => {
    const child = new Process({ kind, target: describeItself, name: 'Child', daemon: true }).start();
    const { pid } = child;

    assert.equal(await child, {
      name: 'Child',
      pid,
      daemon: true,
      kind,
      parent: { name: 'MainProcess', pid: process.pid, isAlive: true },
      isMainProcess: false,
    });
    assert.is(pid === process.pid, kind === 'thread');
  });

  test(`a ${kind} gets its environment, and flags of Node without those of its parent alone`, async () => {
    const env = { ...process.env, GREENHUB_TEST: 'set' };
    const given = await new Process({ kind, target: surroundings, env, execArgv: ['--no-warnings'] }).start();

    assert.is(given.env, 'set');
    assert.ok(given.execArgv.includes('--no-warnings'));

    const without = { ...process.env, GREENHUB_TEST: undefined };
    assert.is((await new Process({ kind, target: surroundings, env: without }).start()).env, undefined);
  });

  test(`workers and forks that a ${kind} starts by itself are main processes`, async () => {
    const [ofWorker, ofFork] = await new Process({ kind, target: askStrangers }).start();

    assert.equal(ofWorker, [true, 'MainProcess', null]);
    assert.equal(ofFork, [true, 'MainProcess', null]);
  });

  test(`a ${kind} reads its standard input, which is empty unless it is a pipe`, async () => {
    const written = new Process({ kind, target: readInput, stdio: ['pipe'] }).start();
    written.stdin?.end('some text');

    assert.is(await written, 'some text');
    assert.is(await new Process({ kind, target: readInput }).start(), '');
  });

  test(`a subclass of Process runs its own run() in a ${kind}`, async () => {
    const adder = new Adder({ kind, args: [1, 2] }).start();

    assert.instance(adder, Adder);
    assert.is(await adder, 3);
  });

  test(`run() of a subclass in a ${kind} may call its target; its constructor may take other arguments`, async () => {
    assert.is(await new Doubler(3, kind).start(), 18);
  });

  test(`a subclass that a ${kind} runs can be found by its module, too`, async () => {
    const target = { module: new URL('../targets/processes.ts', import.meta.url), export: 'Plain' };

    assert.equal(await new Process({ kind, target, args: [1] }).start(), ['plain', 1]);
  });

  test(`a daemonic ${kind} may start no processes`, async () => {
    const error = await failureOf(new Process({ kind, target: startOne, daemon: true }).start());

    assert.match(String(error), 'daemonic processes are not allowed to have children');
    assert.is(await new Process({ kind, target: startOne }).start(), 9);
  });

  test(`to start a process while the module of the target of a ${kind} is imported is an error`, async () => {
    const module = new URL('../targets/starts-when-imported.ts', import.meta.url);
    const process = new Process({ kind, target: { module, export: 'nothing' }, name: 'Outer' }).start();

    const error = await failureOf(process);

    assert.match(String(error), 'isMainProcess');
    assert.is(process.exitcode, 1);
  });

  test(`the target of a ${kind} must be there`, async () => {
    const absent = new URL('../targets/absent.ts', import.meta.url);
    const noModule = await failureOf(new Process({ kind, target: { module: absent } }).start());
    const module = new URL('../targets/processes.ts', import.meta.url);
    const noExport = await failureOf(new Process({ kind, target: { module, export: 'absent' } }).start());
    const noFunction = await failureOf(new Process({ kind, target: { module, export: 'OutOfStock' } }).start());

    assert.match(String(noModule), /absent\.ts/);
    assert.match(String(noExport), /"absent"/);
    assert.instance(noFunction, TypeError);
  });

  test(`the misuse of a ${kind} is an error`, async () => {
    const process = new Process({ kind, target: spin });
    for (const misuse of [() => process.join(), () => process.get(), () => process.kill(), () => process.terminate()]) {
      assert.match(String(thrownBy(misuse)), 'start() first');
    }
    process.daemon = true;
    process.start();

    assert.match(String(thrownBy(() => process.start())), 'started already');
    assert.match(String(thrownBy(() => process.close())), 'is alive');
    assert.match(String(thrownBy(() => (process.daemon = false))), 'before start()');
    assert.instance(
      thrownBy(() => process.terminate({ grace: -1 })),
      RangeError,
    );
    await process.kill();
    process.close();
  });
}

test('a process that a signal ends has minus its number as exit code', async () => {
  for (const [signal, exitcode] of [
    ['SIGKILL', -9],
    ['SIGTERM', -15],
    ['SIGINT', -2],
    ['SIGABRT', -6],
  ] as const) {
    const process = new Process({ target: endBySignal, args: [signal], stdio: 'ignore' }).start();
    const error = (await failureOf(process)) as WorkerLostError;

    assert.instance(error, WorkerLostError, signal);
    assert.is(process.exitcode, exitcode, signal);
    assert.is(error.exitcode, exitcode, signal);
  }
});

test('a process has a working folder of its own', async () => {
  const cwd = new URL('../targets/', import.meta.url);
  const given = await new Process({ target: surroundings, cwd }).start();

  assert.is(`file://${given.cwd}/`, cwd.href);
});

test('modules of flags are found from the folder of the parent', async () => {
  const cwd = new URL('../targets/', import.meta.url);
  for (const flags of [
    ['--import', 'uvu/assert'],
    ['--import', './test/process/targets/plain.js'],
    ['--require', './package.json'],
  ]) {
    const given = await new Process({ target: surroundings, cwd, execArgv: [...process.execArgv, ...flags] }).start();
    assert.is(`file://${given.cwd}/`, cwd.href);
  }
});

test('a process without its folder has an error that names the folder, and exit code 1', async () => {
  const child = new Process({ target: surroundings, cwd: '/nowhere' }).start();
  const error = await failureOf(child);

  assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
  assert.match((error as Error).message, '/nowhere');
  assert.is(child.exitcode, 1);
});

test('a process that cannot be started has an error, no pid, and exit code 1', async () => {
  const { execPath } = process;
  process.execPath = '/nowhere/node';
  const child = new Process({ target: surroundings }).start();
  process.execPath = execPath;
  const error = await failureOf(child);

  assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
  assert.is(child.pid, null);
  assert.is(child.exitcode, 1);
});

test('a thread gets what is transferred, and the sender has it no longer', async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const thread = new Process({ kind: 'thread', target: give, args: [bytes], transfer: [bytes.buffer] }).start();

  assert.is(bytes.length, 0);
  assert.equal(await thread, [new Uint8Array([1, 2, 3])]);
});

test('processes are 16 deep at most', async () => {
  const error = await failureOf(new Process<number>({ kind: 'thread', target: nest, args: [1] }).start());

  assert.match(String(error), '16 processes deep');
});

test('a constructor refuses options that are wrong, at once', () => {
  const target = square;
  const options: [object, RegExp][] = [
    [{}, /takes a target/],
    [{ target: () => 1 }, /remote\(import\.meta\.url/],
    [{ target: { module: './relative.js' } }, /import\.meta\.url/],
    [{ target, kind: 'fiber' }, /kind/],
    [{ target, kind: 'thread', cwd: '/' }, /cwd is no option of a thread/],
    [{ target, transfer: [] }, /transfer is no option of a process/],
    [{ target, demon: true }, /did you mean daemon/],
    [{ target, daemon: 1 }, /daemon/],
    [{ target, args: 3 }, /args/],
    [{ target, name: 3 }, /name/],
    [{ target, stdio: 'pipes' }, /stdio/],
    [{ target, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] }, /stdio/],
    [{ target, env: 'A=1' }, /env/],
    [{ target, execArgv: '--a' }, /execArgv/],
  ];
  for (const [wrong, message] of options) {
    const error = thrownBy(() => new Process(wrong));
    assert.instance(error, TypeError);
    assert.match((error as Error).message, message);
  }
});

test('a subclass that is no remote() is refused, with what to write', () => {
  class Lone extends Process {}

  const error = thrownBy(() => new Lone({}));

  assert.instance(error, TypeError);
  assert.match(String(error), "export const Lone = remote(import.meta.url, 'Lone'");

  class Overriding extends Process {
    override run() {}
  }
  assert.match(String(thrownBy(() => new Overriding({ target: square }))), "remote(import.meta.url, 'Overriding'");
});

test('names count up unless they are given', () => {
  const numbers = [1, 2].map(() => Number(new Process({ target: square }).name.replace('Process-', '')));

  assert.is((numbers[1] as number) - (numbers[0] as number), 1);
  assert.is(new Process({ target: square, name: 'mine' }).name, 'mine');
});

test('the main program is MainProcess, and has no parent', () => {
  assert.equal(currentProcess(), { name: 'MainProcess', pid: process.pid, daemon: false, kind: 'process' });
  assert.is(parentProcess(), null);
});

/** The number of the first line of a file in a stack. */
function lineIn(stack: string | undefined, file: string): number {
  return Number(new RegExp(`${file.replace('.', '\\.')}:(\\d+):`).exec(String(stack))?.[1]);
}

/** The number of the first line of a file that contains a text. */
async function lineOf(file: string, text: string): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const lines = (await readFile(new URL(file, import.meta.url), 'utf8')).split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}

test.run();
