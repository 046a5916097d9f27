/**
 * Test runners replace global clocks and timers after the program was loaded. greenhub's own time continues.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/real-time');

/** Stops every clock that a program can replace, as fake timers do. */
const STOP_CLOCKS = `
  const timers = (await import('node:timers')).default;
  const { syncBuiltinESMExports } = await import('node:module');
  const real = { setTimeout, setInterval, clearInterval };
  const stopped = {
    setTimeout: () => 0, clearTimeout() {}, setInterval: () => 0, clearInterval() {}, setImmediate: () => 0, clearImmediate() {},
  };
  Object.assign(globalThis, stopped, { queueMicrotask() {} });
  Object.assign(timers, stopped);
  syncBuiltinESMExports();
  performance.now = () => 0;
  Date.now = () => 0;
  globalThis.Date = class extends Date { constructor() { super(0); } };
  // Keeps the process alive just as long as the calls need.
  const alive = real.setInterval.call(globalThis, () => {}, 1_000);
`;

/** Every timed call, as a body that ends when its time is up. Each returns its name. */
const CALLS = `
  const forever = () => new Promise(() => {});
  const quiet = { timeoutValue: undefined };
  const calls = {
    *sleep() { yield* sleep(5); },
    *idle() { yield* idle(); },
    *get() { try { yield* new Queue().get({ timeout: 5 }); } catch {} },
    *event() { yield* new Event().wait({ timeout: 5 }); },
    *withTimeout() { yield* withTimeout(5, sleep(Infinity), quiet); },
    *until() { yield* withTimeout(5, until(forever()), quiet); },
    *Timeout() { try { Timeout.startNew(5); yield* sleep(Infinity); } catch {} },
    *spawnLater() { yield* spawnLater(5, function later() {}); },
    *join() { const job = spawn(() => sleep(Infinity)); yield* job.join({ timeout: 5 }); job.kill(); },
    *joinall() { const job = spawn(() => sleep(Infinity)); yield* joinall([job], { timeout: 5 }); job.kill(); },
    *RateLimiter() { const limiter = new RateLimiter({ limit: 1, interval: 5 }); yield* limiter.take(); yield* limiter.take(); },
    *retry() { let left = 2; yield* retry(() => { left -= 1; if (left > 0) throw new Error('again'); }, { minDelay: 5 }); },
    *failure() { const job = spawn(() => { throw new Error('lost'); }); yield* untilReported(job); },
    *connect() { const [a, b] = yield* net.socketPair(); try { yield* a.recv(1, { timeout: 5 }); } catch {} a.close(); b.close(); },
  };
`;

test('every call that keeps time does so after the global clocks were replaced', async () => {
  const { code, stdout, stderr } = await runProgram(`
    const net = await import('greenhub/net');
    const told = new Set();
    getHub().handleError = (greenlet) => { told.add(greenlet); };
    function* untilReported(job) { while (!told.has(job)) yield* sleep(1); }
    ${STOP_CLOCKS}
    ${CALLS}
    const late = Object.entries(calls).map(async ([name, body]) => {
      await spawn(body);
      delete calls[name];
    });
    const limit = real.setTimeout.call(globalThis, () => {
      console.log('still waiting:', Object.keys(calls).join(', '));
      process.exit(1);
    }, 120_000);
    await Promise.all(late);
    console.log('all have ended');
    process.exit(0);
  `);

  assert.is(stderr, '');
  assert.is(stdout, 'all have ended\n');
  assert.is(code, 0);
});

test('a child that ignores SIGTERM is killed after real time', async () => {
  const { stdout } = await runProgram(`
    const { patchChildProcess, patchPromise } = await import('greenhub/monkey');
    patchChildProcess();
    const { spawn: start } = await import('node:child_process');
    const STUBBORN = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)';
    ${STOP_CLOCKS}
    const job = spawn(function* () {
      const child = start(process.execPath, ['-e', STUBBORN], { killGrace: 20 });
      child.once('exit', (code, signal) => { console.log(signal); process.exit(0); });
      child.stdout.once('data', () => job.kill());
      yield* child.wait();
    });
  `);

  assert.is(stdout, 'SIGKILL\n');
});

/**
 * The one file that takes clocks and timers from the host, the files about the host's own timers, what measures the time of
 * recordings and of the event loop, the time since 1970 of jobs, and what runs without any code of the program: the watchers, in threads of their own, the command,
 * and the page of the console.
 */
const MAY_USE_CLOCKS =
  /^(?:hub\/loop\/host|monkey\/(?:timers|install-in-node)|inspect\/clock|inspect\/console\/totals|process\/child\/watchdog|tasks\/wall-clock|inspect\/blocking-watcher|command\/.*|console\/.*)\.ts$/;
const CLOCKS =
  /(?<![.'\w])(?:setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask)\(|performance\.now\(|Date\.now\(|new Date\(|process\.(?:hrtime|nextTick)|AbortSignal\.timeout|from 'node:(?:timers|timers\/promises|perf_hooks)'/;

test("only hub/loop/host.ts uses the host's clock and timers", () => {
  const found = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !MAY_USE_CLOCKS.test(file))
    .flatMap((file) =>
      readFileSync(join(root, 'lib', file), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && CLOCKS.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );

  assert.equal(found, []);
});

test.run();
