import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example shared-counter');

test('increments are lost without a lock, and none with the lock or with add()', async () => {
  const { code, stdout, stderr } = await run('shared-counter');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const [unlocked = '', ...right] = lines(stdout);
  const count = Number(/^20000 increments without a lock: (\d+)$/.exec(unlocked)?.[1]);
  // Five greenlets of a thread read the same value, so of five increments one counts.
  assert.ok(count > 0 && count <= 4_000, stdout);
  assert.equal(right, ['20000 increments with the lock: 20000', '20000 increments with add(): 20000']);
});

test.run();
