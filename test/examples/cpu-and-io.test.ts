import { pbkdf2Sync } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example cpu-and-io');

test('all pages are fetched and hashed, many at once', async () => {
  const { code, stdout, stderr } = await run('cpu-and-io', '--pages', '120');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const [first, second = '', third = ''] = lines(stdout);
  const hash = pbkdf2Sync('this is /page-1\n', 'salt', 1_000, 16, 'sha256').toString('hex');
  assert.is(first, `this is /page-1: ${hash}`);
  assert.match(second, /^120 pages hashed by \d+ of \d+ processes$/);
  const most = Number(/^the site had up to (\d+) requests at once$/.exec(third)?.[1]);
  // A worker sends its requests in one turn, so several of them are under way however slow the machine is.
  assert.ok(most > 1 && most <= 120, stdout);
});

test('a wrong number of pages is refused in one line', async () => {
  const { code, stdout, stderr } = await run('cpu-and-io', '--pages', 'many');
  assert.equal({ code, stdout }, { code: 2, stdout: '' });
  assert.match(
    stderr,
    /^--pages must be a whole number from 1, not "many"\. Usage: npm run example cpu-and-io -- \[options\]\n$/,
  );
});

test.run();
