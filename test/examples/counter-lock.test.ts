import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example counter-lock');

test('increments are lost without the lock and none with it', async () => {
  const { code, stdout, stderr } = await run('counter-lock');
  assert.equal(lines(stdout), ['10 increments without the lock: 1', '10 increments with the lock:    10']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
