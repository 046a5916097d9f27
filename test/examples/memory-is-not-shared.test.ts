import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example memory-is-not-shared');

test('a child changes its own variables and its copy of an argument', async () => {
  const { code, stdout, stderr } = await run('memory-is-not-shared');
  assert.equal(lines(stdout), [
    "in the process: { counter: 100, list: [ 'an item', 'a new item' ] }",
    "in the parent: { counter: 1, list: [ 'an item' ] }",
    "in the thread: { counter: 100, list: [ 'an item', 'a new item' ] }",
    "in the parent: { counter: 1, list: [ 'an item' ] }",
  ]);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
