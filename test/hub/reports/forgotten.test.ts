import * as assert from 'uvu/assert';
import { type ProgramOptions, runProgram } from '../../support/child.ts';
import { suite } from '../../support/harness.ts';

const test = suite('hub/forgotten');
const debug = { env: { GREENHUB_DEBUG: '1' } };

/** The reports, one for each operation that was never run. */
async function reportsOf(source: string, options: ProgramOptions = debug): Promise<string[]> {
  const { code, stderr } = await runProgram(source, options);
  assert.is(code, 0, stderr);
  return stderr.split(/^(?=an operation was made)/m).filter((report) => report !== '');
}

/** The line of the program that a report points at, counted as written here, and the column. */
const LINE = /\[eval1\]:(\d+):\d+/;

function lineOf(report: string): number {
  // `runProgram()` puts one line before the program.
  return Number(LINE.exec(report)?.[1]) - 1;
}

const forgotten: Record<string, string> = {
  sleep: 'sleep(10);',
  'sleep of 0': 'sleep(0);',
  put: 'queue.put(1);',
  get: 'queue.get();',
  acquire: 'lock.acquire();',
  hold: 'lock.hold();',
  withTimeout: 'withTimeout(10, function* () {});',
  call: 'call(function* () {});',
  race: 'race([function* () {}, () => 1]);',
  all: 'all([function* () {}]);',
  join: 'spawn(() => 1).join();',
  joinall: 'joinall([]);',
  until: 'until(Promise.resolve());',
  nursery: 'nursery(function* () {});',
};

for (const [what, statement] of Object.entries(forgotten)) {
  test(`a ${what} that is neither yielded nor awaited is reported, once, with its line`, async () => {
    const reports = await reportsOf(`
      const queue = new Queue();
      const lock = new Lock();
      await run(function* () {
        yield* sleep(0);
        ${statement}
        yield* sleep(1);
      });`);

    assert.is(reports.length, 1, reports.join('\n'));
    assert.match(reports[0] as string, 'yield*');
    assert.is(lineOf(reports[0] as string), 6);
  });
}

/** Statements, and the name that a report gives their call: a name that the program uses. */
const named: Record<string, string> = {
  'spawn(() => 1).join();': 'Greenlet.join()',
  'new Greenlet(() => 1).get();': 'Greenlet.get()',
  'new JoinableQueue().join();': 'JoinableQueue.join()',
  'new Channel().get();': 'Channel.get()',
  'new LifoQueue().put(1);': 'LifoQueue.put()',
  'new RLock().acquire();': 'RLock.acquire()',
  'new Event().wait();': 'Event.wait()',
  'new Pool(1).map(() => 1, [1]);': 'Pool.map()',
  'iwait([]).next();': 'Iteration.next()',
  'sleep(1);': 'sleep()',
  'greenhub.sleep(1);': 'sleep()',
};

test("a report names the program's call and no class of the library", async () => {
  const reports = await reportsOf(`const greenhub = await import('greenhub');\n${Object.keys(named).join('\n')}`);

  // Each is reported when it is collected, in any order.
  const reported = reports.map((report) => /^an operation was made by (.*?) and/.exec(report)?.[1]);
  assert.equal(reported.sort(), Object.values(named).sort());
});

test('an argument of a forgotten operation is not reported separately', async () => {
  const reports = await reportsOf(`
    await run(function* () {
      yield* sleep(0);
      race([sleep(1), sleep(2)]);
      withTimeout(5, sleep(1));
    });`);

  assert.is(reports.length, 2, reports.join('\n'));
  assert.match(reports.join('\n'), 'made by race()');
  assert.match(reports.join('\n'), 'made by withTimeout()');
});

test('an operation forgotten in a loop is reported once', async () => {
  const reports = await reportsOf(`
    await run(function* () {
      for (let count = 0; count < 1_000; count += 1) {
        sleep(1);
        yield* sleep(0);
      }
    });`);

  assert.is(reports.length, 1);
  assert.is(lineOf(reports[0] as string), 4);
});

test('several lines are several reports', async () => {
  const reports = await reportsOf(`
    await run(function* () {
      sleep(1);
      yield* sleep(0);
      sleep(2);
    });
    sleep(3);`);

  // The engine decides when they become garbage, so the order is undefined.
  assert.equal(reports.map(lineOf).sort(), [3, 5, 7]);
});

const well: Record<string, string> = {
  'what is yielded or awaited': `
    const queue = new Queue(1);
    await run(function* () {
      yield* sleep(1);
      yield* sleep(0);
      yield* withTimeout(50, queue.put(1));
      yield* all([queue.get(), sleep(1)]);
      yield* forEach(new Pool(2).imap((item) => item, [1, 2]), function* () { yield* sleep(0); });
      yield* nursery(function* (n) { n.spawn(() => sleep(1)); });
      (yield* new Lock().hold())[Symbol.dispose]?.();
      yield* retry(() => sleep(1));
      yield* shield(sleep(1));
    });
    await sleep(1);
    await withTimeout(50, sleep(1));
    await Promise.all([sleep(1), sleep(2)]);`,
  'what acts at once: kill(), killall() and kill() of a group': `
    const group = new Group();
    const workers = [1, 2, 3].map(() => spawn(() => sleep(1_000)));
    group.spawn(() => sleep(1_000));
    await sleep(1);
    workers[0].kill();
    killall(workers);
    group.kill();
    new Pool(1).kill();
    await joinall(workers);`,
  'losers of race(), any() and select(), of all() that fails, and of what is killed': `
    const queue = new Queue();
    queue.putNowait(1);
    await run(function* () {
      yield* race([queue.get(), sleep(10)]);
      queue.putNowait(1);
      yield* select({ item: queue.get(), late: withTimeout(5, sleep(10)) });
      queue.putNowait(1);
      yield* any([queue.get(), sleep(10)]);
      queue.putNowait(1);
      yield* race([queue.get(), queue.next(), new Group().join({ raiseError: true })]);
      yield* race([sleep(0), call(() => sleep(10))]);
      try { yield* all([call(function* () { throw new Error('x'); }), sleep(5)]); } catch {}
    });
    const loser = spawn(() => race([sleep(10), sleep(20)]));
    loser.kill();`,
  'what is kept, and run later': `
    const nap = sleep(1);
    const wait = new Event().wait({ timeout: 1 });
    await run(function* () {
      const later = [sleep(1), sleep(0), withTimeout(60_000, sleep(1))];
      yield* sleep(2);
      for (const operation of later) yield* operation;
      for (const operation of later) yield* operation;
      yield* wait;
    });
    await nap;`,
  'what is returned by the function of a greenlet': `
    await spawn(() => sleep(1));
    await spawn(() => spawn(() => sleep(1)));
    await run(() => sleep(1));
    await nursery((n) => sleep(1));`,
  'greenlets, which run by themselves': `
    spawn(function* () { yield* sleep(1); });
    spawnLater(1, () => 1);
    const result = new AsyncResult();
    result.set(1);
    new Queue().putNowait(1);`,
};

for (const [what, program] of Object.entries(well)) {
  test(`nothing is reported of ${what}`, async () => {
    assert.equal(await reportsOf(program), []);
  });
}

for (const value of [undefined, '', '0']) {
  test(`nothing is reported where GREENHUB_DEBUG is ${value === undefined ? 'not set' : `'${value}'`}`, async () => {
    const reports = await reportsOf('sleep(1); sleep(0);', { env: { GREENHUB_DEBUG: value ?? '' } });

    assert.equal(reports, []);
  });
}

test('getHub().debug = true begins to look, false stops', async () => {
  const reports = await reportsOf(
    `
    const hub = getHub();
    console.log(hub.debug);
    sleep(1);
    hub.debug = true;
    console.log(hub.debug);
    sleep(2);
    setImmediate(() => {});
    process.on('exit', () => console.log('end'));`,
    { env: { GREENHUB_DEBUG: '' } },
  );

  assert.equal(reports.map(lineOf), [7]);
});

test('an operation made before getHub().debug = false is not reported', async () => {
  const reports = await reportsOf(`
    sleep(1);
    getHub().debug = false;
    sleep(2);`);

  assert.equal(reports, []);
});

test('getHub().debug says whether it looks', async () => {
  const { stdout } = await runProgram(
    `const hub = getHub();
    const states = [hub.debug];
    hub.debug = false; states.push(hub.debug);
    hub.debug = true; states.push(hub.debug);
    console.log(states.join());`,
    debug,
  );

  assert.is(stdout, 'true,false,true\n');
});

test('an operation that is garbage is reported before the end', async () => {
  const { stderr } = await runProgram(
    `
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc');
    const forget = () => { sleep(1); };
    forget();
    for (let rounds = 0; rounds < 20; rounds += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    console.error('the end');`,
    debug,
  );

  const [report, end] = [stderr.indexOf('an operation was made by sleep()'), stderr.indexOf('the end')];
  assert.ok(report >= 0, stderr);
  assert.ok(report < end, stderr);
  assert.is(stderr.split('an operation was made').length, 2);
});

test('an operation behaves the same where it is watched', async () => {
  const { stdout, stderr } = await runProgram(
    `
    const nap = sleep(1);
    console.log(Object.keys(nap).includes('then'), typeof nap.then, nap instanceof Object);
    const queue = new Queue();
    const get = queue.get();
    const getters = [spawn(() => get), spawn(() => get)];
    queue.putNowait(1);
    queue.putNowait(2);
    console.log((await Promise.all(getters)).join());
    await nap;
    await nap;
    console.log(await run(function* () { return yield* withTimeout(5, sleep(50), { timeoutValue: 'late' }); }));`,
    debug,
  );

  assert.is(stderr, '');
  assert.equal(stdout.trim().split('\n').slice(1), ['1,2', 'late']);
});

test.run();
