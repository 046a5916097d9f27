import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example opentelemetry-spans');

test('each greenlet is a span, within that of its spawner', async () => {
  const { code, stdout, stderr } = await run('opentelemetry-spans');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(lines(stdout), [
    'load-2, in main-1, greenlet.outcome returned',
    'parse-3, in main-1, Error: unexpected end of input, greenlet.outcome failed',
    'store-4, in main-1, greenlet.outcome killed',
    'main: unexpected end of input',
    'main-1, greenlet.outcome returned',
    'main, greenlet.outcome returned',
  ]);
});

test.run();
