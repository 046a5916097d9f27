import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example process-queue');

test('the reader gets what the writer puts, in order', async () => {
  const { code, stdout, stderr } = await run('process-queue');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const printed = lines(stdout);
  const items = ['A', 'B', 'C', 'D', 'E'];
  const of = (name: string): string[] => printed.filter((line) => line.includes(name));
  assert.equal(
    of('the writer'),
    items.map((item) => `the writer puts ${item}`),
  );
  assert.equal(
    of('the reader gets'),
    items.map((item) => `  the reader gets ${item}`),
  );
  assert.is(printed.at(-1), 'the reader has read 5 items');
  // The queue holds two items, and the writer puts the third one once the reader has taken the first.
  assert.ok(printed.indexOf('  the reader gets A') < printed.indexOf('the writer puts E'), stdout);
});

test.run();
