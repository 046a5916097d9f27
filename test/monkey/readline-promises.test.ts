import { createInterface } from 'node:readline/promises';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { forEach, sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';

const all = suite('readline-promises');
const test = patching(all);

const open = () => {
  const input = new PassThrough();
  const asked: string[] = [];
  const output = new PassThrough().on('data', (text) => asked.push(String(text)));
  return { input, asked, lines: createInterface({ input, output, terminal: false }) };
};

test('question() asks and waits for the answer', async () => {
  const { input, asked, lines } = open();
  const gr = spawn(function* () {
    const first = yield* lines.question('one? ');
    return [first, yield* lines.question('two? ')];
  });
  await sleep(0);
  input.write('1\n');
  while (!asked.includes('two? ')) await turn();
  input.write('2\n');

  assert.equal(await gr, ['1', '2']);
  assert.is(asked.join(''), 'one? two? ');
  lines.close();
});

test('a question is withdrawn when its waiter is killed or timed out: the next line answers the next one', async () => {
  const { input, lines } = open();
  const killed = spawn(() => lines.question('killed? '));
  await sleep(0);
  await killed.kill();
  const timed = spawn(function* () {
    return yield* outcomeOf(withTimeout(1, lines.question('timed? ')));
  });
  assert.instance((await timed).error, Timeout);

  const gr = spawn(() => lines.question('asked? '));
  await sleep(0);
  input.write('answer\n');

  assert.is(await gr, 'answer');
  lines.close();
});

test('a signal of the program withdraws it too', async () => {
  const { lines } = open();
  const controller = new AbortController();
  const gr = spawn(() => lines.question('asked? ', { signal: controller.signal }));
  await sleep(0);

  controller.abort();

  assert.is(((await failureOf(gr)) as Error).name, 'AbortError');
  lines.close();
});

test('outside greenlets it is unchanged', async () => {
  const { input, lines } = open();
  const answer = lines.question('asked? ');
  input.write('answer\n');

  assert.is(Object.hasOwn(answer, Symbol.iterator), false);
  assert.is(await answer, 'answer');
  lines.close();
});

test('the lines of an interface go through forEach, whole or up to a kill', async () => {
  const whole = open();
  const seen: string[] = [];
  const reader = spawn(() => forEach(whole.lines, (line) => void seen.push(line)));
  await sleep(0);
  whole.input.end('one\ntwo\n');
  await reader;
  assert.equal(seen, ['one', 'two']);

  const { input, lines } = open();
  const gr = spawn(() => forEach(lines, () => {}));
  await sleep(0);
  input.write('one\n');
  await gr.kill();
  assert.is(lines.listenerCount('line'), 0);
  lines.close();
});

all.run();
