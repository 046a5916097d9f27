/** A program with very many greenlets gets a short answer. */
import * as assert from 'uvu/assert';
import { type Asking, live } from '../../lib/command/top/live.ts';
import { killall, Queue, spawn } from '../../lib/index.ts';
import type { Request } from '../../lib/inspect/requests.ts';
import { Visit } from '../../lib/inspect/visit.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { CommandFolder } from '../support/command.ts';
import { suite } from '../support/harness.ts';
import { Running } from '../support/prepared.ts';
import { PretendTerminal } from '../support/pretend-terminal.ts';

const MANY = 100_000;

const test = suite('command: very many greenlets');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());
const many = folder.write(
  'many.js',
  `import { Queue, spawn } from 'greenhub';
  const jobs = Array.from({ length: 2_000 }, () => new Queue());
  function* work(i) {
    // Greenlets start in the order in which they were spawned: when the last one prints, all others wait.
    if (i === ${MANY - 1}) console.log(process.pid);
    yield* jobs[i % jobs.length].get();
  }
  for (let i = 0; i < ${MANY}; i += 1) spawn(work, i);
  // The timer keeps the program alive.
  setInterval(() => {}, 1_000_000);`,
);

test('top, tree and stack answer in few lines, if the output is not a terminal', async () => {
  const running = await Running.start(folder.start(['run', many]));
  const ask = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await folder.greenhub([...args, `${running.pid}`]);
    assert.equal([code, stderr], [0, '']);
    return stdout.trimEnd().split('\n');
  };
  try {
    const top = await ask('top', '--seconds', '0');
    assert.match(top[0] ?? '', /^100001 greenlets: 0 ready, 100000 waiting/);
    assert.match(top[1] ?? '', /^at: (?:Queue#\d+ 50, ){5}1996 more$/);
    assert.is(top.length, 4 + 20);

    const tree = await ask('tree');
    assert.match(tree[0] ?? '', /^greenhub, process \d+: 100001 greenlets, /);
    assert.ok(tree.includes('… and 99001 more greenlets'));
    assert.ok(tree.length < 2_100, `${tree.length} lines`);
    assert.is((await ask('tree', '--limit', '3')).filter((line) => line.includes('work-')).length, 4);

    const stacks = await ask('stack');
    assert.is(stacks.filter((line) => /^ {8}work \(.*many\.js:6:\d+\)$/.test(line)).length, 999);
    assert.ok(stacks.length < 3_100, `${stacks.length} lines`);

    const json = JSON.parse((await ask('tree', '--json', '--limit', '5')).join('\n'));
    assert.equal([json.greenlets.length, json.hub.greenlets], [5, MANY + 1]);
  } finally {
    await running.stop();
  }
});

test('top fits into a terminal of 80 x 24, and gets only what it shows', async () => {
  const queue = new Queue<number>();
  const waiters = Array.from({ length: MANY }, () => spawn(() => queue.get()));
  await waitAllBlocked();
  using visit = new Visit(null);
  const sizes: number[] = [];
  const ask = async (name: Request['name'], params: Request['params']): Promise<unknown> => {
    const answer = visit.answer({ name, params });
    sizes.push(JSON.stringify(answer).length);
    return answer;
  };
  const terminal = new PretendTerminal('s', 'r', 'i', 'down', 'return', 'escape', 'q');

  await live({ ask: ask as Asking['ask'] }, terminal);

  assert.is(terminal.screens.length, 7);
  const screens = terminal.screens.map((screen) => screen.replace(/^\* /m, '').split('\n'));
  for (const lines of screens) assert.ok(lines.length <= 24 && lines.every((line) => line.length <= 80));
  assert.match(screens[3]?.join('\n') ?? '', new RegExp(`^at: ${queue.name} 100000`, 'm'));
  assert.is(screens[3]?.length, 24);
  assert.ok(Math.max(...sizes) < 20_000, `${sizes}`);
  await killall(waiters);
});

test.run();
