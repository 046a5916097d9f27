import * as assert from 'uvu/assert';
import { safeText, safeUrl } from '../../lib/net/safe-text.ts';
import { suite } from '../support/harness.ts';

const test = suite('shown');

test('any text is shown on one line', () => {
  assert.is(safeText('a\nb\r\tc\u0000\u007f\u0085\u2028\u2029d'), 'a\\nb\\r\\tc\\u0000\\u007f\\u0085\\u2028\\u2029d');
  assert.is(safeText('größe 東京'), 'größe 東京');
  assert.is(safeText(undefined), 'undefined');
});

test('a long text is cut off', () => {
  assert.is(safeText('x'.repeat(1_000)), `${'x'.repeat(200)}…`);
});

for (const [url, expected] of [
  ['http://user:hunter2@site.test:81/a/b?token=1#part', 'http://site.test:81/a/b'],
  ['https://user@site.test/', 'https://site.test/'],
  ['http://[::1]:80/a@b', 'http://[::1]/a@b'],
  ['data:text/plain,hello', 'data:text/plain,hello'],
  ['/users/@me?token=1', '/users/@me'],
  ['site.test/a?token=1', 'site.test/a'],
  ['http://user:pa/ss@site test/a', 'http://…'],
  ['http://user:hunter2@site.test:99999/a', 'http://…'],
  ['user:hunter2@site.test', 'user:site.test'],
  ['//user:hunter2@site.test/a\nb?token=1', '…'],
  ['http://site.test/a\nb', 'http://site.test/ab'],
] as const) {
  test(`${JSON.stringify(url)} is shown without secrets`, () => {
    assert.is(safeUrl(url), expected);
  });
}

test.run();
