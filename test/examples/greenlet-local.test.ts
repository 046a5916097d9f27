import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example greenlet-local');

test('each greenlet greets its own student', async () => {
  const { code, stdout, stderr } = await run('greenlet-local');
  assert.equal(lines(stdout), [
    'Hello, Alice',
    'Hello, Bob',
    'Hello, Alice',
    'Hello, Bob',
    'Outside, the student is undefined',
  ]);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
