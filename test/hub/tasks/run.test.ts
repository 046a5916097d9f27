import * as assert from 'uvu/assert';
import { Greenlet, GreenletExit, getcurrent, run, sleep, spawn } from '../../../lib/index.ts';
import { runProgram } from '../../support/child.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('run');

test('run() gives the result of main, and passes the arguments on', async () => {
  const sum = await run(
    function* (a: number, b: number) {
      yield* sleep(0);
      return a + b;
    },
    2,
    3,
  );

  assert.is(sum, 5);
});

test('run() takes plain and async functions too', async () => {
  assert.is(await run(() => 1), 1);
  assert.is(await run(async () => 2), 2);
});

test('run() refuses a value that is not a function, at the caller', () => {
  assert.throws(
    () => run(5 as never),
    (error: unknown) => error instanceof TypeError,
  );
});

test('run() is rejected with the error of main and sets exit code 1', async () => {
  const before = process.exitCode;
  const boom = new Error('boom');

  const error = await failureOf(
    run(function* () {
      throw boom;
    }),
  );
  const code = process.exitCode;
  process.exitCode = before;

  assert.is(error, boom);
  assert.is(code, 1);
});

test('run() leaves no signal listeners behind', async () => {
  const before = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');

  await run(function* () {
    yield* sleep(0);
  });

  assert.is(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'), before);
});

test('a script whose main fails prints the error once and ends with exit code 1', async () => {
  const ended = await runProgram(`
    await run(function* main() { yield* sleep(1); throw new Error('boom in main'); });
  `);

  assert.is(ended.code, 1);
  assert.is(ended.stderr.split('Error: boom in main').length - 1, 1, ended.stderr);
});

test('a script whose main succeeds ends with exit code 0 and prints nothing on stderr', async () => {
  const ended = await runProgram(`
    console.log(await run(function* main() { yield* sleep(1); return 'fine'; }));
  `);

  assert.equal(ended, { code: 0, signal: null, stdout: 'fine\n', stderr: '' });
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} kills main, whose cleanup runs and may block in a shield, and sets exit code ${code}`, async () => {
    const ended = await runProgram(
      `
      run(function* main() {
        try {
          console.log('ready');
          yield* sleep(1e6);
        } catch (error) {
          console.log(error instanceof GreenletExit);
          throw error;
        } finally {
          yield* shield(function* () { yield* sleep(10); console.log('cleaned'); });
        }
      });
      `,
      { signals: [signal] },
    );

    assert.is(ended.code, code, ended.stderr);
    assert.is(ended.stdout, 'ready\ntrue\ncleaned\n');
  });
}

test('the greenlets that are left after a signal are killed too, with their cleanup', async () => {
  const ended = await runProgram(
    `
    run(function* main() {
      spawn(function* () { try { yield* sleep(1e6); } finally { console.log('worker cleaned'); } });
      try { console.log('ready'); yield* sleep(1e6); } finally { console.log('main cleaned'); }
    });
    `,
    { signals: ['SIGINT'] },
  );

  assert.is(ended.code, 130, ended.stderr);
  assert.is(ended.stdout, 'ready\nmain cleaned\nworker cleaned\n');
});

test('a script that awaits run() and does not catch its exit ends with the exit code of the signal', async () => {
  const ended = await runProgram(
    `
    await run(function* main() {
      console.log('ready');
      yield* sleep(1e6);
    });
    `,
    { signals: ['SIGTERM'] },
  );

  assert.is(ended.code, 143);
  assert.match(ended.stderr, 'the process received SIGTERM');
});

test('a second signal acts as it would without run()', async () => {
  const ended = await runProgram(
    `
    run(function* main() {
      try { console.log('ready'); yield* sleep(1e6); }
      finally { yield* shield(function* () { console.log('ready'); yield* sleep(1e6); }); }
    });
    `,
    { signals: ['SIGTERM', 'SIGTERM'] },
  );

  assert.is(ended.signal, 'SIGTERM');
});

test('run() is rejected with the exit of a main that a signal killed', async () => {
  const ended = await runProgram(
    `
    const error = await run(function* main() { console.log('ready'); yield* sleep(1e6); }).catch((error) => error);
    console.log(error instanceof GreenletExit);
    `,
    { signals: ['SIGINT'] },
  );

  assert.is(ended.stdout, 'ready\ntrue\n');
  assert.is(ended.code, 130);
});

test('a main that catches the exit and returns gives its value, and the signal still sets the exit code', async () => {
  const ended = await runProgram(
    `
    const value = await run(function* main() {
      try { console.log('ready'); yield* sleep(1e6); } catch { return 'late'; }
    });
    console.log(value);
    `,
    { signals: ['SIGTERM'] },
  );

  assert.is(ended.stdout, 'ready\nlate\n');
  assert.is(ended.code, 143);
});

test('run() rejects with the GreenletExit of a main that is killed from elsewhere', async () => {
  const before = process.exitCode;

  const error = await failureOf(
    run(function* () {
      const me = getcurrent();
      spawn(() => {
        if (me instanceof Greenlet) me.kill();
      });
      yield* sleep(Infinity);
    }),
  );
  process.exitCode = before;

  assert.instance(error, GreenletExit);
});

test.run();
