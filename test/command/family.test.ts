import * as assert from 'uvu/assert';
import { CommandFolder } from '../support/command.ts';
import { writeFamily } from '../support/family-program.ts';
import { suite } from '../support/harness.ts';
import { Running } from '../support/prepared.ts';

const test = suite('command: looking into the processes of a program');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());

test('tree prints the processes and threads of a program below it', async () => {
  const running = await Running.start(folder.start(['run', writeFamily(folder)]));
  const { pid } = running;
  try {
    const { code, stdout, stderr } = await folder.greenhub(['tree', `${pid}`]);
    assert.is(stderr, '');
    assert.is(code, 0);
    assert.match(stdout, new RegExp(`^greenhub, process ${pid}: `));
    assert.match(stdout, /^ {2}Child, process \d+: \d+ greenlets, .*\n(?: {2}.*\n)* {4}.*inner-\d+: waits for sleep/m);
    assert.match(stdout, /^ {4}Grandchild, process \d+: \d+ greenlets, /m);
    assert.match(stdout, new RegExp(`^ {2}Thread, thread of process ${pid}: \\d+ greenlets, `, 'm'));

    const { stdout: json } = await folder.greenhub(['tree', '--json', `${pid}`]);
    const { children } = JSON.parse(json);
    const told = children.map(({ name, kind, silent }: Record<string, unknown>) => [name, kind, silent === null]);
    assert.equal(told, [
      ['Child', 'process', true],
      ['Thread', 'thread', true],
    ]);
    const [child, thread] = children;
    assert.equal([child.snapshot.pid, thread.snapshot.pid], [child.pid, pid]);
    assert.is(child.children[0].name, 'Grandchild');
  } finally {
    await running.stop();
  }
});

test('ps and top name the children of a program, and it can be found without its id', async () => {
  const running = await Running.start(folder.start(['run', writeFamily(folder)]));
  const { pid } = running;
  try {
    const { stdout: list } = await folder.greenhub(['ps']);
    const rows = list.trimEnd().split('\n');
    assert.match(rows[1] ?? '', new RegExp(`^ *${pid} .* \\d+  family\\.js$`));
    assert.match(rows[2] ?? '', /^ *\d+ +\d+ {4}Child$/);
    assert.match(rows[3] ?? '', /^ *\d+ +\d+ {6}Grandchild$/);
    assert.match(rows[4] ?? '', new RegExp(`^ *${pid} +\\d+ {4}Thread \\(thread\\)$`));
    assert.is(rows.length, 5);

    const { code, stdout } = await folder.greenhub(['top']);
    assert.is(code, 0);
    assert.match(
      stdout,
      /^children: Child \(process \d+\) \d+, Grandchild \(process \d+\) \d+, Thread \(thread\) \d+$/m,
    );
  } finally {
    await running.stop();
  }
});

test.run();
