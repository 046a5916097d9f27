import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example process-pool');

test('five processes run ten tasks, and the callbacks run in the parent', async () => {
  const { code, stdout, stderr } = await run('process-pool');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const [first, ...rest] = lines(stdout);
  assert.is(first, 'the tasks are given to the pool');
  const squares = Array.from({ length: 10 }, (_, index) => `${index + 1} × ${index + 1} = ${(index + 1) ** 2}`);
  assert.equal(rest.slice(0, -1).sort(), squares.sort());
  assert.match(rest.at(-1) ?? '', /^10 tasks ran in [1-5] of 5 processes, and none in the parent: true$/);
});

test.run();
