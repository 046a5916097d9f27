import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example producer-consumer');

test('every loaf that is baked is eaten once, and the shelf never holds more than two', async () => {
  const { code, stdout, stderr } = await run('producer-consumer');
  const eaten = [...stdout.matchAll(/eats (.+)/g)].map(([, loaf]) => loaf);
  const baked = ['Rosa', 'Sam'].flatMap((name) => [1, 2, 3, 4].map((n) => `${name}'s loaf ${n}`));
  assert.equal(eaten.sort(), baked);
  const held = [...stdout.matchAll(/which holds (\d+)/g)].map(([, count]) => Number(count));
  assert.is(held.length, 8);
  assert.is(Math.max(...held), 2);
  assert.is(lines(stdout).at(-1), '8 loaves baked, 3 + 3 + 2 eaten');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
