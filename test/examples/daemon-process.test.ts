import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example daemon-process');

test('the parent waits for the worker, and then ends the daemon, which cleans up', async () => {
  const { code, stdout, stderr } = await run('daemon-process');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const printed = lines(stdout);
  const of = (name: string): string[] => printed.filter((line) => line.startsWith(`  ${name} `));
  assert.equal(of('the worker'), ['  the worker sleeps for 0.5 s', '  the worker has slept', '  the worker ends']);
  assert.equal(of('the daemon'), ['  the daemon sleeps for 600 s', '  the daemon ends']);
  assert.ok(printed.includes('the parent has nothing left to do'));
  assert.is(printed.at(-1), '  the daemon ends');
});

test.run();
