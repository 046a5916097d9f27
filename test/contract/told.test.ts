/** Every failure is reported, and the exit code shows that something failed. */
import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/told');

/** Lets the event loop turn until all failures have been reported, even on a busy machine. */
const TURNS = 'for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));';

/** Errors that are hard to print, as source text. */
const UNREADABLE = {
  'an error whose stack throws': `Object.defineProperty(new Error('x'), 'stack', { get() { throw new Error('stack'); } })`,
  'an error whose cause throws': `Object.defineProperty(new Error('x'), 'cause', { get() { throw new Error('cause'); } })`,
  'an error without a stack whose message throws': `Object.defineProperties(new Error('x'), { stack: { value: undefined }, message: { get() { throw 1; } } })`,
  'an error that is its own cause': `((error) => { error.cause = error; return error; })(new Error('x'))`,
  'an AggregateError that holds itself': `((error) => { error.errors.push(error); return error; })(new AggregateError([], 'x'))`,
  'an AggregateError whose errors throw': `Object.defineProperty(new AggregateError([], 'x'), 'errors', { get() { throw 1; } })`,
  'an error whose stack is no text': `Object.defineProperty(new Error('x'), 'stack', { value: Symbol('stack') })`,
  'a revoked proxy': `((proxy) => { proxy.revoke(); return proxy.proxy; })(Proxy.revocable({}, {}))`,
  'a proxy whose traps throw': `new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } })`,
  'an object without a prototype': `Object.create(null)`,
  'an object whose toString throws': `{ toString() { throw 1; }, get [Symbol.toStringTag]() { throw 2; } }`,
  'a symbol': `Symbol('s')`,
  undefined: 'undefined',
};

test('a failure that is hard to print is reported, and hides no other', async () => {
  const failing = Object.values(UNREADABLE).map(
    (source, index) => `
      spawn(function hard${index}() { throw ${source}; });
      spawn(function* deep${index}() { yield* call(function* () { yield* sleep(0); throw ${source}; }); });
      spawn(function plain${index}() { throw new Error('plain ${index}'); });`,
  );
  const { code, stdout, stderr } = await runProgram(`${failing.join('')}
    ${TURNS}
    console.log('goes on');
  `);

  const told = new Set(stderr.match(/(?<=greenlet )\w+(?=-\d+ failed)/g));
  const untold = Object.keys(UNREADABLE).filter(
    (_, index) => !['hard', 'deep', 'plain'].every((kind) => told.has(`${kind}${index}`)),
  );
  assert.equal(untold, [], stderr);
  assert.is(stdout, 'goes on\n');
  assert.is(code, 1);
});

test('a failed greenlet whose name cannot be printed is reported too', async () => {
  const { stderr } = await runProgram(`
    spawn(function* () { throw new Error('first'); }).name = Symbol('name');
    spawn(function* () { throw new Error('last'); });
    ${TURNS}
  `);

  assert.match(stderr, 'Error: first');
  assert.match(stderr, 'Error: last');
});

test('a report contains each cause and each error of an AggregateError once', async () => {
  const { stderr } = await runProgram(`
    const root = new Error('root');
    const cause = new Error('middle', { cause: root });
    spawn(function* () { throw new AggregateError([new Error('one'), new Error('two', { cause })], 'all', { cause }); });
    ${TURNS}
  `);

  for (const message of ['all', 'middle', 'root', 'one', 'two']) {
    assert.is(stderr.split(`Error: ${message}\n`).length - 1, 1, `${message} in ${stderr}`);
  }
  assert.not.match(stderr, 'undefined');
});

test('a report contains the first twenty errors of an AggregateError, and says how many more there are', async () => {
  const { stderr } = await runProgram(`
    spawn(function* () { throw new AggregateError(Array.from({ length: 25 }, (_, i) => new Error('error ' + i)), 'all'); });
    ${TURNS}
  `);

  assert.is(stderr.split('one of its errors: ').length - 1, 20);
  assert.match(stderr, /error 19\n.*\n {2}… and 5 more\n/s);
});

/** Sources of failures that no code takes, as source text. Each fails with the error b. */
const SOURCES = {
  'a greenlet': `spawn(function* () { throw b; });`,
  'a greenlet that was killed, in its cleanup': `{
    const job = spawn(function* () { try { yield* sleep(1e6); } finally { throw b; } });
    spawn(() => { job.kill(); });
  }`,
  'a raw greenlet of main': `RAW(function* () { yield* sleep(0); throw b; }, MAIN);`,
  'a link callback': `spawn(() => {}).link(() => { throw b; });`,
  'a link callback that blocks': `spawn(() => {}).linkValue(function* () { yield* sleep(0); throw b; });`,
  'a callback of an AsyncResult': `{ const result = new AsyncResult(); result.link(() => { throw b; }); result.set(1); }`,
  'the cleanup of an iterator': `{
    const iterator = { next: () => ({ value: 1 }), return: async () => { throw b; }, [Symbol.iterator]() { return this; } };
    spawn(function* () { try { yield* forEach(iterator, () => { throw new Error('body'); }); } catch {} });
  }`,
};

test('a handleError that throws hides no other failure', async () => {
  const { code, stdout, stderr } = await runProgram(`
    const MAIN = getcurrent();
    const RAW = (...args) => { const raw = greenlet(...args); spawn(function* () { yield* raw.switch(); }); };
    let uncaught = 0;
    process.on('uncaughtException', (error) => { if (error.message === 'handler') uncaught += 1; });
    let b;
    for (const cause of [${Object.values(SOURCES)
      .map((source) => `() => { ${source} }`)
      .join(', ')}]) {
      const told = [];
      b = new Error('b');
      getHub().handleError = (_, error) => {
        if (error === b) throw new Error('handler');
        told.push(error.message);
      };
      spawn(function* () { throw new Error('a'); });
      cause();
      spawn(function* () { throw new Error('c'); });
      spawn(function* () { throw new Error('d'); });
      ${TURNS}
      console.log(told.sort().join(), uncaught, await spawn(() => 'the hub goes on'));
      uncaught = 0;
    }
  `);

  const lines = stdout.trim().split('\n');
  const bad = Object.keys(SOURCES).filter((_, index) => lines[index] !== 'a,c,d 1 the hub goes on');
  assert.equal(bad, [], `${stdout}${stderr}`);
  assert.is(stderr.split('Error: b').length - 1, Object.keys(SOURCES).length, stderr);
  assert.is(code, 0);
});

test('a handleError that rethrows its error ends the program, which shows the error once', async () => {
  const { code, stdout, stderr } = await runProgram(`
    getHub().handleError = (_, error) => { throw error; };
    spawn(function* () { throw new Error('fatal'); });
    await sleep(1_000);
    console.log('goes on');
  `);

  assert.is(code, 1);
  assert.is(stdout, '');
  assert.is(stderr.split('Error: fatal').length - 1, 1, stderr);
});

const LOST = `spawn(function* () { throw new Error('lost'); }); ${TURNS} console.log('goes on');`;

for (const [what, source, expected] of [
  ['a failure that nobody took makes the exit code 1', LOST, 1],
  ['… unless handleError was replaced', `getHub().handleError = () => {}; ${LOST}`, 0],
  ['… unless the exit code was set before', `process.exitCode = 0; ${LOST}`, 0],
  ['… unless the exit code is set after', `${LOST} process.exitCode = 3;`, 3],
  ['… unless the program exits with a code', `${LOST} process.exit(0);`, 0],
  ['… also where the program exits without a code', `${LOST} process.exit();`, 1],
  ['… and so does an error in a link callback', LOST.replace('});', '}).link(() => { throw new Error("link"); });'), 1],
  ['… but not a failure that somebody took', LOST.replace('});', '}).catch(() => {});'), 0],
  ['… but not a kill', `spawn(() => sleep(1e6)).kill(); ${TURNS} console.log('goes on');`, 0],
] as const) {
  test(`${what}, and does not end the program`, async () => {
    const { code, stdout, stderr } = await runProgram(source);

    assert.is(code, expected, stderr);
    assert.is(stdout, 'goes on\n');
  });
}

/** A body whose cleanup fails after a signal. */
const CLEANUPS = {
  main: `run(function* () { try { console.log('ready'); yield* sleep(1e6); } finally { throw new Error('in cleanup'); } });`,
  'main, in a shield that blocks': `run(function* () {
      try { console.log('ready'); yield* sleep(1e6); } finally { yield* shield(function* () { yield* sleep(1); throw new Error('in cleanup'); }); }
    });`,
  'a greenlet that was left': `run(function* () {
      spawn(function* () { try { console.log('ready'); yield* sleep(1e6); } finally { yield* shield(() => sleep(1)); throw new Error('in cleanup'); } });
      yield* sleep(1e6);
    });`,
  'a branch of all()': `run(() => all([
      function* () { try { console.log('ready'); yield* sleep(1e6); } finally { throw new Error('in cleanup'); } },
    ]));`,
  'a member of a nursery': `run(() => nursery(function* (n) {
      n.spawn(function* () { try { console.log('ready'); yield* sleep(1e6); } finally { throw new Error('in cleanup'); } });
      yield* sleep(1e6);
    }));`,
};

for (const [whose, source] of Object.entries(CLEANUPS)) {
  const isMain = whose === 'main';
  for (const [signal, code] of isMain
    ? ([
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const)
    : ([['SIGTERM', 143]] as const)) {
    test(`after ${signal}, an error in the cleanup of ${whose} is printed to stderr, and the exit code is ${code}`, async () => {
      const ended = await runProgram(source, { signals: [signal] });

      assert.match(ended.stderr, 'in cleanup');
      assert.is(ended.code, code, ended.stderr);
    });
  }
}

test('after a signal, cleanup without an error prints nothing', async () => {
  const { stderr } = await runProgram(`run(function* () { console.log('ready'); yield* sleep(1e6); });`, {
    signals: ['SIGTERM'],
  });

  assert.is(stderr, '');
});

test.run();
