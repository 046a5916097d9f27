import * as assert from 'uvu/assert';
import { runProgram } from '../../support/child.ts';
import { suite } from '../../support/harness.ts';

const test = suite('programs with processes');

const preamble = `
  import { activeChildren, Process, Queue } from 'greenhub/process';
  import * as lives from ${JSON.stringify(new URL('../targets/lives.js', import.meta.url).href)};
  const started = new Queue();
  const begin = (target, label, options = {}, ...more) =>
    new Process({ target: lives[target], args: [started, label, ...more], ...options }).start();
  function* ready(count) {
    while (count-- > 0) yield* started.get();
    console.log('ready');
  }
`;

/** The lines that a program has printed, sorted: several processes print. */
function linesOf({ stdout }: { stdout: string }): string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '' && line !== 'ready')
    .sort();
}

test('when the parent is killed by force, its children of all sorts end too, and clean up if they can', async () => {
  const expected = [
    'child of parent of a thread: cut short',
    'child of parent: cut short',
    'child of thread: cut short',
    'daemon: cut short',
    'parent of a thread: cut short',
    'parent: cut short',
    'process: cut short',
    'watched: cut short',
  ];
  let lines: string[] = [];
  // On a busy machine, two seconds may be too short for eight processes to clean up in.
  for (let tries = 0; tries < 4 && lines.length < expected.length; tries += 1) {
    const ended = await runProgram(
      `${preamble}
      begin('livesOn', 'process');
      begin('livesOn', 'daemon', { daemon: true });
      begin('livesOn', 'watched', { watchdog: true });
      begin('spins', 'spinner', { watchdog: true });
      begin('spins', 'daemonic spinner', { watchdog: true, daemon: true });
      begin('hasChild', 'parent', {}, {});
      begin('hasChild', 'parent of a thread', {}, { kind: 'thread' });
      begin('hasChild', 'thread', { kind: 'thread' }, {});
      await spawn(ready, 11);
      `,
      { signals: ['SIGKILL'] },
    );

    // The output ends once nobody holds it any more.
    assert.is(ended.signal, 'SIGKILL', ended.stderr);
    lines = linesOf(ended);
  }

  assert.equal(lines, expected);
});

for (const kind of ['process', 'thread']) {
  test(`a program waits for a ${kind}, and then terminates the daemons that are left`, async () => {
    const ended = await runProgram(`${preamble}
      begin('livesOn', 'daemon', { kind: '${kind}', daemon: true });
      await spawn(ready, 1);
      begin('livesOn', 'other', { kind: '${kind}' }, 50);
    `);

    assert.is(ended.code, 0, ended.stderr);
    assert.is(ended.stdout, 'ready\nother: over\ndaemon: cut short\n');
  });

  test(`a ${kind} waits for its children`, async () => {
    const ended = await runProgram(`${preamble}
      begin('hasShortChild', 'parent', { kind: '${kind}' }, {});
    `);

    assert.is(ended.code, 0, ended.stderr);
    assert.is(ended.stdout, 'parent: over\nchild: over\n');
  });

  test(`an error of a ${kind} that nobody took is printed once, by the parent, with its name and both stacks`, async () => {
    const ended = await runProgram(`${preamble}
      function startIt() { new Process({ target: lives.fails, kind: '${kind}', name: 'Unlucky' }).start(); }
      startIt();
    `);

    assert.is(ended.code, 1);
    assert.is(ended.stdout, '');
    const [head, ...lines] = ended.stderr.trim().split('\n');
    assert.is(head, 'process Unlucky failed, and nobody took its error: RangeError: out of reach');
    assert.match(String(lines[0]), /at fails \(|lives\.js:/);
    assert.is(ended.stderr.split('out of reach').length - 1, 1, ended.stderr);
    assert.match(ended.stderr, /--- Unlucky was started ---\n\s+at startIt /);
  });

  test(`a greenlet that waits for a daemonic ${kind} keeps the program alive`, async () => {
    const ended = await runProgram(`${preamble}
      const daemon = begin('livesOn', 'daemon', { kind: '${kind}', daemon: true }, 50);
      spawn(function* () { yield* joinall([daemon]); console.log('joined'); });
    `);

    assert.is(ended.code, 0, ended.stderr);
    assert.is(ended.stdout, 'daemon: over\njoined\n');
  });

  test(`main that waits for a daemonic ${kind} gets no LoopExit`, async () => {
    const ended = await runProgram(`${preamble}
      const daemon = begin('livesOn', 'daemon', { kind: '${kind}', daemon: true }, 50);
      console.log(await daemon.join());
    `);

    assert.is(ended.code, 0, ended.stderr);
    assert.is(ended.stdout, 'daemon: over\ntrue\n');
  });

  test(`SIGTERM to a program in run() terminates a ${kind}, which cleans up`, async () => {
    const ended = await runProgram(
      `${preamble}
      run(function* () {
        begin('livesOn', 'child', { kind: '${kind}' });
        yield* ready(1);
        yield* sleep(60_000);
      });
      `,
      { signals: ['SIGTERM'] },
    );

    assert.is(ended.code, 143, ended.stderr);
    assert.is(ended.stderr, '');
    assert.is(ended.stdout, 'ready\nchild: cut short\n');
  });
}

test('process.exit() terminates daemons, by force if they spin, and leaves no child', async () => {
  const ended = await runProgram(`${preamble}
    begin('livesOn', 'daemon', { daemon: true });
    begin('spins', 'spinner', { daemon: true });
    begin('livesOn', 'other');
    await spawn(ready, 3);
    process.exit(5);
  `);

  assert.is(ended.code, 5, ended.stderr);
  assert.equal(linesOf(ended), ['daemon: cut short', 'other: cut short']);
});

for (const kind of ['process', 'thread']) {
  test(`process.exit() in a ${kind} ends its daemons, too`, async () => {
    const ended = await runProgram(`${preamble}
      const child = begin('exitsWithSpinner', '', { kind: '${kind}' });
      await child.join();
      console.log(child.exitcode);
    `);

    assert.is(ended.code, 0, ended.stderr);
    assert.is(ended.stdout, '4\n');
  });
}

test('SIGINT for the whole group ends parent and children, and only the parent says anything', async () => {
  const ended = await runProgram(
    `${preamble}
    const children = [begin('livesOn', 'one'), begin('livesOn', 'two')];
    run(function* () {
      yield* ready(2);
      yield* joinall(children);
    });
    process.on('SIGINT', () => { for (const { pid } of children) process.kill(pid, 'SIGINT'); });
    `,
    { signals: ['SIGINT'] },
  );

  assert.is(ended.code, 130, ended.stderr);
  assert.is(ended.stderr, '');
  assert.equal(linesOf(ended), ['one: cut short', 'two: cut short']);
});

test('a module of --import knows that a child loads it, and may start nothing there', async () => {
  const preloaded = new URL('../targets/preloaded.js', import.meta.url).href;
  const ended = await runProgram(
    `${preamble}
    const env = { ...process.env, GREENHUB_TEST_START: 'yes' };
    for (const kind of ['process', 'thread']) {
      await begin('nothing', '', { kind, watchdog: kind === 'process' });
      const starting = begin('nothing', '', { kind, env });
      await starting.join();
      console.log(starting.exitcode);
    }
    `,
    { env: { NODE_OPTIONS: `--import=${preloaded}` } },
  );

  assert.equal(linesOf(ended), ['1', '1', 'child', 'child', 'child', 'child', 'main']);
  assert.match(ended.stderr, 'isMainProcess');
});

test('SIGINT for the whole group ends the tasks of a pool, and their callers, without a word', async () => {
  const ended = await runProgram(
    `${preamble}
    import { ProcessPool } from 'greenhub/process';
    const pool = new ProcessPool(2);
    const callers = [1, 2].map(() => spawn(() => pool.apply(lives.tellsPid, [started])));
    const pids = [];
    process.on('SIGINT', () => { for (const pid of pids) process.kill(pid, 'SIGINT'); });
    function* ended() {
      while (!callers.every((caller) => caller.ready())) yield* sleep(1);
    }
    run(function* () {
      while (pids.length < 2) pids.push(Number(yield* started.get()));
      console.log('ready');
      try {
        yield* sleep(60_000);
      } finally {
        yield* shield(ended);
      }
    });
    `,
    { signals: ['SIGINT'] },
  );

  assert.is(ended.code, 130, ended.stderr);
  assert.is(ended.stderr, '');
});

test('main that waits for an idle worker of a pool gets no LoopExit, although the worker is replaced', async () => {
  const ended = await runProgram(`${preamble}
    import { ProcessPool } from 'greenhub/process';
    new ProcessPool(1, { initializer: lives.putsPid, initargs: [started] });
    const first = await started.get();
    const killing = setTimeout(() => process.kill(Number(first), 'SIGKILL'), 1);
    killing.unref();
    console.log(await started.get() !== first);
  `);

  assert.is(ended.code, 0, ended.stderr);
  assert.is(ended.stdout, 'true\n');
});

test('a program that has waited for a process below a worker of a pool ends, although that process is gone', async () => {
  const ended = await runProgram(
    `${preamble}
    import { Event, ThreadPool } from 'greenhub/process';
    const pool = new ThreadPool(1);
    const go = new Event();
    const task = pool.applyAsync(lives.hasChildWithQueue, [started, go]);
    const queue = await started.get();
    const outcome = queue.get().then(undefined, ({ name }) => name);
    await queue.qsize();
    go.set();
    await task.get();
    console.log(await outcome);
    `,
    { limit: 60_000 },
  );

  assert.is(ended.code, 0, ended.stderr);
  assert.is(ended.stdout, 'ConnectionLostError\n');
});

test('a process and the workers of a pool belong to no greenlet, even if child processes are patched', async () => {
  const ended = await runProgram(`${preamble}
    import { patchChildProcess } from 'greenhub/monkey';
    import { Event, ProcessPool } from 'greenhub/process';
    patchChildProcess();
    const go = new Event();
    let child, result;
    const starter = spawn(function* () {
      child = begin('waitsFor', 'the process', {}, go);
      result = new ProcessPool(1).applyAsync(lives.waitsFor, [started, 'the task', go]);
      yield* sleep(Infinity);
    });
    await spawn(ready, 2);
    await starter.kill();
    go.set();
    console.log(await child);
    console.log(await result.get());
  `);

  assert.is(ended.code, 0, ended.stderr);
  assert.is(ended.stdout, 'ready\nthe process went\nthe task went\n');
});

test('children that have ended are reaped, and leave no handle', async () => {
  const ended = await runProgram(`${preamble}
    const kinds = ['process', 'thread'];
    const resources = () => process.getActiveResourcesInfo().filter((name) => !/^(?:CloseReq|FSReq)/.test(name)).join();
    console.log('begin');
    const before = resources();
    await joinall(kinds.map((kind) => begin('livesOn', kind, { kind, watchdog: true }, 0)));
    for (let turns = 0; turns < 3; turns += 1) await new Promise((settle) => setImmediate(settle));
    console.log('left:', resources() === before ? 'none' : resources(), activeChildren().length);
  `);

  assert.is(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^left: none 0$/m);
});

test.run();
