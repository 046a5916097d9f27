import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { CommandFolder } from '../support/command.ts';
import { endOf } from '../support/ending.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/run');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());

const waits = folder.write(
  'waits.ts',
  `import { Queue, spawn } from 'greenhub';
  const jobs: Queue<string> = new Queue();
  const alive = setInterval(() => {}, 1_000);
  process.on('SIGUSR2', () => { clearInterval(alive); });
  spawn(function* work() { console.log('ready'); yield* jobs.get(); });`,
);

test('a TypeScript program gets its arguments, and its exit code is passed on', async () => {
  const program = folder.write(
    'arguments.ts',
    `const given: string[] = process.argv.slice(2);
    console.log(given.join(' '), process.env.GREENHUB_RUN);
    process.exitCode = 7;`,
  );
  const { code, stdout, stderr } = await folder.greenhub(['run', program, '--trace', '--help', 'a']);

  assert.is(stdout, '--trace --help a undefined\n');
  assert.is(stderr, '');
  assert.is(code, 7);
});

test('a program that is ended by a signal ends the command by the same signal', async () => {
  const { code, signal } = await folder.greenhub(['run', waits], {
    noted: (stdout, child) => stdout === 'ready\n' && child.kill('SIGTERM'),
  });

  assert.is(code, null);
  assert.is(signal, 'SIGTERM');
});

test('SIGQUIT prints what runs, and the program goes on', async () => {
  const running = folder.greenhub(['run', waits], {
    noted: (stdout, child) => stdout === 'ready\n' && child.kill('SIGQUIT'),
    started(child) {
      child.stderr?.once('data', () => child.kill('SIGUSR2'));
    },
  });
  const { code, stderr } = await running;

  assert.match(stderr, /^greenhub, process \d+: .*\nmain: running\n {2}#1 work-1: waits for an item of Queue#1/);
  assert.match(stderr, /work \(.*waits\.ts:5:\d+\)/);
  assert.is(code, 0);
});

test('--patch installs the patches that it names, or all', async () => {
  const program = folder.write(
    'patched.js',
    `import { isPatched } from 'greenhub/monkey'; console.log(isPatched('fetch'), isPatched('timers'));`,
  );
  const some = await folder.greenhub(['run', '--patch', 'fetch,dns', program]);
  const all = await folder.greenhub(['run', '--patch=all', program]);

  assert.is(some.stdout, 'true false\n');
  assert.is(all.stdout, 'true true\n');
});

test('--blocking names code that blocks the event loop', async () => {
  const program = folder.write(
    'blocks.js',
    `import { spawn } from 'greenhub';
    import { channels } from 'greenhub/inspect';
    let isSeen = false;
    channels.blocked.subscribe(({ greenlet }) => { isSeen = greenlet.name === 'crunch-1'; });
    spawn(function* crunch() {
      for (const start = Date.now(); !isSeen && Date.now() - start < 30_000; );
    });`,
  );
  const { stderr } = await folder.greenhub(['run', '--blocking', '20', program]);

  assert.match(stderr, /^greenhub: crunch-1 has blocked the event loop for \d+ ms: crunch \(.*blocks\.js:6/m);
});

for (const [option, rest] of [
  ['--console', []],
  ['--console', ['0']],
  ['--console=0', []],
] as const) {
  test(`${[option, ...rest].join(' ')} serves the console before the program begins`, async () => {
    const program = folder.write(
      'served.js',
      `import { get } from 'node:http';
      process.stdin.once('data', (url) => get(String(url).trim(), ({ statusCode }) => console.log(statusCode, process.argv[2])));
      process.stdin.once('data', () => process.stdin.pause());`,
    );
    const child = folder.start(['run', option, ...rest, program, '8080'], {}, 'pipe');
    child.stderr?.once('data', (text) => child.stdin?.end(String(text).replace(/.* at /, '')));
    const { code, stdout, stderr } = await endOf(child);

    assert.match(stderr, /^greenhub: the console is at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+\n$/);
    assert.equal([code, stdout], [0, '200 8080\n']);
  });
}

test('a console that cannot be served is reported, and the program runs without it', async () => {
  const server = createServer();
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  const program = folder.write('short.js', `import 'greenhub'; console.log('ran');`);
  const { code, stdout, stderr } = await folder.greenhub(['run', '--console', `${port}`, program]);
  server.close();

  assert.match(stderr, /^greenhub: cannot serve the console: listen EADDRINUSE.*\n$/);
  assert.equal([code, stdout], [0, 'ran\n']);
});

for (const [end, statement] of [
  ['by itself', ''],
  ['by process.exit()', 'process.exit(0);'],
  ['by a signal', `setInterval(() => {}, 1_000); process.kill(process.pid, 'SIGTERM');`],
  [
    // As signal-exit does, which many packages use.
    'by a listener that ends it if no other listens',
    `const listener = () => {
      if (process.listenerCount('SIGTERM') > 1) return;
      process.off('SIGTERM', listener);
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', listener);
    setInterval(() => {}, 1_000);
    process.kill(process.pid, 'SIGTERM');`,
  ],
] as const) {
  test(`--trace writes a trace when the program ends ${end}`, async () => {
    const program = folder.write(
      'traced.js',
      `import { run, sleep } from 'greenhub';
      await run(function* traced() { yield* sleep(0); });
      ${statement}`,
    );
    const { stderr } = await folder.greenhub(['run', '--trace', 'trace.json', program]);

    assert.match(stderr, /^greenhub: wrote \d+ events to .*trace\.json\n$/);
    const { traceEvents } = JSON.parse(readFileSync(join(folder.path, 'trace.json'), 'utf8'));
    assert.ok(traceEvents.some(({ name }: { name: string }) => name === 'spawn traced-1'));
  });
}

test('a trace that cannot be written is reported, and changes the exit code', async () => {
  const program = folder.write('short.js', `import 'greenhub';`);
  const { code, stderr } = await folder.greenhub(['run', '--trace', 'none/trace.json', program]);

  assert.match(stderr, /^greenhub: cannot write the trace: ENOENT/);
  assert.is(code, 1);
  assert.not.ok(existsSync(join(folder.path, 'none')));
});

for (const [args, message] of [
  [[], /^greenhub run: name the program to run\. See "greenhub run --help"\.\n$/],
  [['--blocking', 'long', 'a.js'], /^greenhub run: --blocking takes a number, from 1 to 2147483647, not "long"\. /],
  [['--patch', 'fetsh', 'a.js'], /^greenhub run: --patch: there is no patch called fetsh: use one of .*, or "all"\./],
  [['--console=http', 'a.js'], /^greenhub run: --console takes a number, at least 0, not "http"\. /],
  [['--console', '65536', 'a.js'], /^greenhub run: --console takes a port, from 0 to 65535, not "65536"\. /],
  [['--console', '8080'], /^greenhub run: name the program to run\. /],
  [
    ['--blocking', '2147483648', 'a.js'],
    /^greenhub run: --blocking takes a number, from 1 to 2147483647, not "2147483648"\. /,
  ],
  [['--quick', 'a.js'], /^greenhub run: Unknown option '--quick'/],
] as const) {
  test(`greenhub run ${args.join(' ')} is refused`, async () => {
    const { code, stdout, stderr } = await folder.greenhub([
      'run',
      ...args.slice(0, -1),
      ...args.slice(-1).map(pathOf),
    ]);

    assert.match(stderr, message);
    assert.is(stdout, '');
    assert.is(code, 2);
  });
}

test('a program that does not exist is named', async () => {
  const { code, stderr } = await folder.greenhub(['run', 'nowhere.ts']);

  assert.is(stderr, 'greenhub run: there is no program nowhere.ts\n');
  assert.is(code, 1);
});

test.run();

/** A file that exists, so that only the options are wrong. */
function pathOf(argument: string): string {
  return argument === 'a.js' ? waits : argument;
}
