/** A program that imports only `greenhub/testing` of the built package. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';

const test = suite('testing/entry');

test('a program that imports only greenhub/testing can await its operations, and gets a LoopExit for a deadlock', () => {
  const program = `
    import { assertNoLeaks, waitAllBlocked } from 'greenhub/testing';
    await waitAllBlocked();
    console.log(await assertNoLeaks(function* () { return 'clean'; }));
    const deadlock = await assertNoLeaks({ [Symbol.iterator]: undefined, then() {} }).then(null, (error) => error.name);
    console.log(deadlock);
  `;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
  });

  assert.is(stdout, 'clean\nLoopExit\n', stderr);
});

test.run();
