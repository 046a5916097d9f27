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

test.run();
