import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example manager');

test('ten processes fill a dict and a list', async () => {
  const { code, stdout, stderr } = await run('manager');
  assert.equal(lines(stdout), ['list:    0 1 2 3 4 5 6 7 8 9', 'squares: 0 1 4 9 16 25 36 49 64 81', 'sum:     45']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
