import * as assert from 'uvu/assert';
import { CommandFolder } from '../../support/command.ts';
import { suite } from '../../support/harness.ts';
import { Running, writeWaiting } from '../../support/prepared.ts';

const test = suite('command/top');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());
const waiting = writeWaiting(folder);

async function whileRunning(count: number, use: (pids: number[]) => Promise<void>): Promise<void> {
  const programs = await Promise.all(
    Array.from({ length: count }, () => Running.start(folder.start(['run', waiting]))),
  );
  try {
    await use(programs.map(({ pid }) => pid).sort((a, b) => a - b));
  } finally {
    for (const program of programs) await program.stop();
  }
}

test('without a terminal it prints one table of the only program', async () => {
  await whileRunning(1, async () => {
    const { code, stdout } = await folder.greenhub(['top', '--seconds', '0', '--sort', 'id', '--limit', '4']);

    const [summary = '', places = '', gap, head, ...rows] = stdout.trimEnd().split('\n');
    assert.match(summary, /^6 greenlets: 0 ready, 5 waiting; 1 timer$/);
    assert.match(places, /^at: Queue#1 3, .*sleep\(…\) 1/);
    assert.is(gap, '');
    assert.match(head ?? '', /^ID {2}NAME +BUSY +% +RUNS +SINCE +WAITS FOR$/);
    assert.is(rows.length, 4);
    assert.match(rows[1] ?? '', /^ 1 {2}work-1 +0ms +0 +0 +>\d+ms {2}an item of Queue#1$/);
    assert.is(code, 0);
  });
});

test('--json prints the same for programs', async () => {
  await whileRunning(1, async ([pid]) => {
    const { stdout } = await folder.greenhub(['top', '--seconds', '0', '--json', `${pid}`]);

    const overview = JSON.parse(stdout);
    assert.is(overview.pid, pid);
    assert.is(overview.hub.greenlets, 6);
    assert.is(overview.greenlets.length, 6);
  });
});

test('of several programs it takes none', async () => {
  await whileRunning(2, async ([first, second]) => {
    const { code, stderr } = await folder.greenhub(['top']);

    assert.is(stderr, `greenhub top: name one of the programs: ${first}, ${second}\n`);
    assert.is(code, 1);
  });
});

for (const [args, message, exitCode] of [
  [[], 'greenhub top: there are no prepared programs: name the process\n', 1],
  [['--sort', 'name'], 'greenhub top: --sort takes busy, since, runs, id, not "name". See "greenhub top --help".\n', 2],
  [['--limit', '0'], 'greenhub top: --limit takes a number, at least 1, not "0". See "greenhub top --help".\n', 2],
] as const) {
  test(`greenhub top ${args.join(' ')} is refused`, async () => {
    const { code, stderr } = await folder.greenhub(['top', ...args]);

    assert.is(stderr, message);
    assert.is(code, exitCode);
  });
}

test.run();
