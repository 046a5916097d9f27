import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example daemon-process');

test('the parent waits for the worker, and then ends the daemon, which cleans up', async () => {
  const { code, stdout, stderr } = await run('daemon-process');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const printed = lines(stdout);
  assert.equal(printed.slice(0, 2).sort(), ['  the daemon sleeps for 600 s', '  the worker sleeps for 0.5 s']);
  assert.equal(
    printed.slice(2).filter((line) => line !== 'the parent has nothing left to do'),
    ['  the worker has slept', '  the worker ends', '  the daemon ends'],
  );
});

test.run();
