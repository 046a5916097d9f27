import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example dining-philosophers');
const names = ['Hypatia', 'Aristotle', 'Confucius', 'Avicenna', 'Simone'];

test('if everyone takes the left fork first, the program reports the deadlock with its cycle, and continues', async () => {
  const { code, stdout, stderr } = await run('dining-philosophers');
  const printed = lines(stdout.slice(0, stdout.indexOf('\nEverybody takes the lower')));
  const waits = names.map((name, seat) => {
    const next = (seat + 1) % names.length;
    return `${name} waits for fork ${next + 1}, held by ${names[next]}`;
  });
  assert.equal(printed.slice(0, 1), ['Everybody takes the left fork first:']);
  assert.match(printed[1] ?? '', /^A deadlock: nothing can wake the greenlets that are blocked/);
  for (const wait of waits) assert.ok(printed.includes(`  ${wait}`), wait);
  assert.is(printed.at(-1), `  cycle: ${waits.join('; ')}; and so on from Hypatia`);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('with the lower fork first all of them eat', async () => {
  const { code, stdout } = await run('dining-philosophers');
  const printed = lines(stdout.slice(stdout.indexOf('Everybody takes the lower')));
  const meals = names.flatMap((name, seat) => {
    const [low, high] = [seat + 1, ((seat + 1) % names.length) + 1].sort();
    return Array(3).fill(`  ${name} eats with fork ${low} and fork ${high}`);
  });
  assert.equal(printed.slice(1, 16).sort(), meals.sort());
  assert.equal(printed.slice(16).sort(), names.map((name) => `${name} had 3 meals`).sort());
  assert.is(code, 0);
});

test.run();
