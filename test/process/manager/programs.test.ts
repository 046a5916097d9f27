import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import * as assert from 'uvu/assert';
import { runProgram } from '../../support/child.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/manager/programs');

for (const kind of ['process', 'thread'] as const) {
  test(`a server keeps no program alive, and leaves no folder (server: ${kind})`, async () => {
    const { code, stdout, stderr } = await runProgram(`
      import { Manager } from 'greenhub/process';
      const manager = await Manager.start({ kind: '${kind}' });
      await manager.dict({ a: 1 }).increment('a');
      console.log(manager.address);
    `);

    assert.is(stderr, '');
    assert.is(code, 0);
    assert.is(existsSync(dirname(stdout.trim())), false);
  });

  test(`a program that waits for an object of a Manager stays alive (server: ${kind})`, async () => {
    const { code, stdout } = await runProgram(`
      import { Manager } from 'greenhub/process';
      const manager = await Manager.start({ kind: '${kind}' });
      const queue = manager.queue();
      setTimeout(() => spawn(() => queue.put('item')), 1).unref();
      console.log(await queue.get());
    `);

    assert.is(stdout, 'item\n');
    assert.is(code, 0);
  });
}

test('a server ends when its program is killed, and leaves no folder', async () => {
  const { stdout } = await runProgram(
    `
      import { Manager } from 'greenhub/process';
      const manager = await Manager.start();
      console.log(manager.address);
      console.log('ready');
      await manager.event().wait();
    `,
    { signals: ['SIGKILL'] },
  );

  // The output ends once the server has ended too.
  assert.is(existsSync(dirname(stdout.split('\n')[0] as string)), false);
});

test.run();
