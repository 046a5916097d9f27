import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { CommandFolder } from '../support/command.ts';
import { suite } from '../support/harness.ts';
import { Running, writeWaiting } from '../support/prepared.ts';

const test = suite('command: looking into a prepared program');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());
const waiting = writeWaiting(folder);
const sockets = join(folder.path, `greenhub-${process.getuid?.()}`);

/** Calls `use` with the id of a program that runs meanwhile. */
async function whileRunning(use: (pid: number) => Promise<void>, program = waiting): Promise<void> {
  const running = await Running.start(folder.start(['run', program, 'an argument']));
  try {
    await use(running.pid);
  } finally {
    await running.stop();
  }
}

test('ps lists it until it ends, and its socket is its user’s alone', async () => {
  await whileRunning(async (pid) => {
    const { stdout } = await folder.greenhub(['ps']);
    assert.match(stdout, new RegExp(`^ *PID +UP  GREENLETS  PROGRAM\n *${pid} +\\S+ +6  waiting.js an argument\n$`));

    const { stdout: json } = await folder.greenhub(['ps', '--json']);
    const [program] = JSON.parse(json);
    assert.is(program.pid, pid);
    assert.equal(program.info.command.slice(1), ['an argument']);
    assert.is(program.info.greenlets, 6);

    assert.is(statSync(sockets).mode & 0o777, 0o700);
    assert.ok(statSync(join(sockets, `${pid}.sock`)).isSocket());
  });
  const { stdout } = await folder.greenhub(['ps']);
  assert.is(stdout, 'There are no prepared programs.\n');
});

test('ps removes what a program has left that was killed', async () => {
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  // No process has a number so high.
  const left = join(sockets, '999999999.sock');
  writeFileSync(left, '');

  const { stdout } = await folder.greenhub(['ps', '--json']);

  assert.equal(JSON.parse(stdout), []);
  assert.not.ok(existsSync(left));
});

test('tree prints the greenlets without their stacks, or all of it as JSON', async () => {
  await whileRunning(async (pid) => {
    const { code, stdout } = await folder.greenhub(['tree', `${pid}`]);
    assert.match(stdout, new RegExp(`^greenhub, process ${pid}: 6 greenlets, `));
    assert.match(stdout, /^ {2}#1 work-1: waits for an item of Queue#1\n {2}#2 work-2/m);
    assert.match(stdout, /^ {2}Queue#1: size 0 of 10; work-1, work-2, work-3 wait$/m);
    assert.is(code, 0);

    const { stdout: json } = await folder.greenhub(['tree', '--json', `${pid}`]);
    const taken = JSON.parse(json);
    assert.is(taken.pid, pid);
    assert.is(taken.greenlets.length, 6);
    assert.is(taken.greenlets[1].stack, null);
  });
});

test('the id of the process that is greenhub run leads to its program', async () => {
  const child = folder.start(['run', waiting]);
  const running = await Running.start(child);
  const { stdout } = await folder.greenhub(['tree', `${child.pid}`]);
  await running.stop();

  assert.match(stdout, new RegExp(`^greenhub, process ${running.pid}: 6 greenlets`));
});

test('stack prints where one greenlet waits, or all', async () => {
  await whileRunning(async (pid) => {
    const one = await folder.greenhub(['stack', `${pid}`, '2']);
    assert.match(one.stdout, /^#2 work-2: waits for an item of Queue#1\n {4}work \(.*waiting\.js:3:\d+\)\n$/);

    const all = await folder.greenhub(['stack', `${pid}`]);
    assert.match(all.stdout, /#4 rest-4: .*\n {8}rest \(.*waiting\.js:4:\d+\)\n/);

    const { stdout: json } = await folder.greenhub(['stack', `${pid}`, '4', '--json']);
    assert.is(JSON.parse(json).name, 'rest-4');

    const none = await folder.greenhub(['stack', `${pid}`, '77']);
    assert.is(none.stderr, 'greenhub stack: there is no greenlet 77\n');
    assert.is(none.code, 1);
  });
});

test('trace records for a while and writes a file', async () => {
  await whileRunning(async (pid) => {
    const { code, stdout } = await folder.greenhub(['trace', `${pid}`, '--seconds', '0.01', '-o', 'trace.json']);
    assert.match(stdout, /^Wrote \d+ events? to .*trace\.json\.\n$/);
    assert.is(code, 0);
    const { traceEvents } = JSON.parse(readFileSync(join(folder.path, 'trace.json'), 'utf8'));
    assert.ok(traceEvents.some(({ name }: { name: string }) => name === 'process_name'));

    const failed = await folder.greenhub(['trace', `${pid}`, '--seconds', '0', '-o', 'none/trace.json']);
    assert.match(failed.stderr, new RegExp(`^greenhub trace: process ${pid}: ENOENT`));
    assert.is(failed.code, 1);
  });
});

test('being looked at does not keep a program alive', async () => {
  const program = folder.write('short.js', `import 'greenhub'; console.log(process.pid);`);
  const { code, stdout } = await folder.greenhub(['run', program]);

  assert.match(stdout, /^\d+\n$/);
  assert.is(code, 0);
});

test('GREENHUB_INSPECT prepares a program that node runs, and 0 keeps greenhub run from it', async () => {
  const program = folder.write(
    'inspected.js',
    `import 'greenhub';
    import { existsSync } from 'node:fs';
    import 'greenhub/inspect/register';
    console.log(existsSync('greenhub-' + process.getuid() + '/' + process.pid + '.sock'));`,
  );
  const on = await folder.greenhub(['run', program]);
  const off = await folder.greenhub(['run', program], { env: { GREENHUB_INSPECT: '0' } });

  assert.is(on.stdout, 'true\n');
  assert.is(off.stdout, 'false\n');
});

test('a folder that others can open is refused', async () => {
  const open = new CommandFolder();
  mkdirSync(join(open.path, `greenhub-${process.getuid?.()}`), { mode: 0o755 });
  try {
    const program = open.write('short.js', `import 'greenhub';`);
    const ran = await open.greenhub(['run', program]);
    const listed = await open.greenhub(['ps']);

    assert.match(ran.stderr, /^GREENHUB_INSPECT cannot prepare this program: .* must be a folder of this user /);
    assert.is(ran.code, 0);
    assert.match(
      listed.stderr,
      /^greenhub ps: .* must be a folder of this user that nobody else can open: remove it\n$/,
    );
    assert.is(listed.code, 1);
  } finally {
    open.remove();
  }
});

for (const [args, message, exitCode] of [
  [['tree', '999999999'], 'greenhub tree: there is no process 999999999\n', 1],
  [['tree', 'x'], 'greenhub tree: "x" is not the id of a process. See "greenhub tree --help".\n', 2],
  [['tree'], 'greenhub tree: name the process: "greenhub ps" lists their ids. See "greenhub tree --help".\n', 2],
  [['ps', '1'], 'greenhub ps: there is one argument too many: "1". See "greenhub ps --help".\n', 2],
  [['stack', '1', 'a'], 'greenhub stack: "a" is not the number of a greenlet. See "greenhub stack --help".\n', 2],
  [['trace', '1'], 'greenhub trace: name the file to write: -o trace.json. See "greenhub trace --help".\n', 2],
] as const) {
  test(`greenhub ${args.join(' ')} is refused`, async () => {
    const { code, stderr } = await folder.greenhub(args);

    assert.is(stderr, message);
    assert.is(code, exitCode);
  });
}

test.run();
