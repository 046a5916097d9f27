import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example pipe');

test('the child answers each message, and ends when the parent closes its end', async () => {
  const { code, stdout, stderr } = await run('pipe');
  assert.equal(lines(stdout), [
    'hello → HELLO!',
    'is anybody there → IS ANYBODY THERE!',
    'goodbye → GOODBYE!',
    'the child has answered 3 times',
  ]);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
