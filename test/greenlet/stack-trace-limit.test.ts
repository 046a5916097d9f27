import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('stack-trace-limit');

test('where Error is frozen, so that no limit can be set, greenlets fail, time out and are killed as elsewhere', async () => {
  const { stdout, stderr, code } = await runProgram(`
    Object.freeze(Error);
    const failing = spawn(function* () { yield* until(Promise.reject(new Error('boom'))); });
    console.log((await failing.then(null, (error) => error)).message);
    console.log(await withTimeout(1, sleep(1_000), { timeoutValue: 'late' }));
    const killed = spawn(() => sleep(1_000));
    await killed.kill();
    console.log(killed.exception.name);
  `);

  assert.is(stdout, 'boom\nlate\nGreenletExit\n', stderr);
  assert.is(code, 0);
});

test.run();
