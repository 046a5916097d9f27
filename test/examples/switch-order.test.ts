import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from './program.ts';

const test = suite('example switch-order');

test('control goes where it is sent', async () => {
  const { code, stdout, stderr } = await run('switch-order');
  assert.equal({ code, stdout, stderr }, { code: 0, stdout: '12\n56\n34\n78\n', stderr: '' });
});

test.run();
