import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runAsUser } from './program.ts';

const test = suite('example switch-order');

test('`npm run example` runs an example, in which control goes where it is sent', async () => {
  const { code, stdout, stderr } = await runAsUser('switch-order');
  assert.equal({ code, stdout, stderr }, { code: 0, stdout: '12\n56\n34\n78\n', stderr: '' });
});

test.run();
