import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('dump');

/** A greenlet that waits, and a function that waits until the signal is handled. */
const WORKER = `
const queue = new Queue();
const worker = spawn(function* work() { yield* queue.get(); });
async function handled(signal = 'SIGQUIT') {
  while (process.listenerCount(signal) === 0) await sleep(1);
}
`;
const RUN_INFO = /^greenhub, process \d+: .*\nmain: .*\n {2}#1 work-1: waits for an item of Queue#1.*\n {8}work \(/m;

for (const env of [{ GREENHUB_DUMP: '1' }, { GREENHUB_DEBUG: '1' }] as Record<string, string>[]) {
  test(`SIGQUIT prints what runs, and the program goes on, with ${Object.keys(env)}`, async () => {
    const program = `${WORKER}
      await handled();
      process.on('SIGQUIT', () => { queue.putNowait(1); });
      console.log('ready');
      const alive = setInterval(() => {}, 1_000);
      await worker;
      clearInterval(alive);
      console.log('went on');`;
    const { code, stdout, stderr } = await runProgram(program, { env, signals: ['SIGQUIT'] });

    assert.match(stderr, RUN_INFO);
    assert.is(stderr.split('greenhub, process').length, 2);
    assert.is(stdout, 'ready\nwent on\n');
    assert.is(code, 0);
  });
}

test('SIGQUIT ends a program that has asked for nothing', async () => {
  const program = `${WORKER}
    console.log('ready');
    setInterval(() => {}, 1_000);`;
  const { signal, stderr } = await runProgram(program, { signals: ['SIGQUIT'] });

  assert.is(signal, 'SIGQUIT');
  assert.is(stderr, '');
});

test('the register entry handles the signal without a variable', async () => {
  const program = `${WORKER}
    await import('greenhub/inspect/register');
    process.on('SIGQUIT', () => process.exit(0));
    console.log('ready');
    setInterval(() => {}, 1_000);`;
  const { code, stderr } = await runProgram(program, { signals: ['SIGQUIT'] });

  assert.match(stderr, RUN_INFO);
  assert.is(code, 0);
});

test('with GREENHUB_DEBUG an uncaught error prints what runs', async () => {
  const program = `${WORKER} await handled(); throw new Error('oops');`;
  const { code, stderr } = await runProgram(program, { env: { GREENHUB_DEBUG: '1' } });

  assert.match(stderr, RUN_INFO);
  assert.match(stderr, /Error: oops/);
  assert.is(code, 1);
});

test('with GREENHUB_DEBUG a deadlock prints what runs, once, with main still waiting', async () => {
  const program = `${WORKER} await handled(); await queue.get();`;
  const { code, stderr } = await runProgram(program, { env: { GREENHUB_DEBUG: '1' } });

  assert.match(stderr, RUN_INFO);
  assert.match(stderr, /^ {2}main: waits for an item of Queue#1$/m);
  assert.match(stderr, /LoopExit: nothing can wake/);
  assert.is(stderr.split('greenhub, process').length, 2);
  assert.is(code, 1);
});

test('with GREENHUB_DEBUG a cycle of greenlets prints what runs', async () => {
  const program = `
    const locks = [new Lock(), new Lock()];
    for (const [first, second] of [locks, [...locks].reverse()]) {
      spawn(function* cross() { yield* first.acquire(); yield* sleep(0); yield* second.acquire(); });
    }`;
  const { code, stderr } = await runProgram(program, { env: { GREENHUB_DEBUG: '1' } });

  assert.match(stderr, /^warnings:\n {2}cross-1 .* wait for each other$/m);
  assert.is(code, 1);
});

test('without these variables nothing of greenhub/inspect is loaded, and 0 turns them off', async () => {
  for (const env of [{}, { GREENHUB_DUMP: '0', GREENHUB_DEBUG: '' }] as Record<string, string>[]) {
    const program = `await sleep(20); console.log(process.listenerCount('SIGQUIT'));`;
    const { stdout } = await runProgram(program, { env });

    assert.is(stdout, '0\n');
  }
});

test('a program that cannot load it is told so', async () => {
  const program = `
    const { stderr } = await import('node:child_process').then(({ spawnSync }) => spawnSync(process.execPath, [
      '--disallow-code-generation-from-strings', '--input-type=module', '--eval', "import 'greenhub'",
    ], { encoding: 'utf8' }));
    console.log(stderr);`;
  const { stdout } = await runProgram(program, { env: { GREENHUB_DUMP: '1' } });

  assert.match(stdout, /^GREENHUB_DUMP, GREENHUB_DEBUG and GREENHUB_INSPECT cannot show what runs: EvalError/);
});

test.run();
