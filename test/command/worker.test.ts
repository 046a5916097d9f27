import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { Tasks } from '../../lib/tasks/index.ts';
import { CommandFolder } from '../support/command.ts';
import { suite } from '../support/harness.ts';
import { redis } from '../third-party/redis.ts';

const test = suite('command/worker');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());
const server = redis();

const module = folder.write(
  'tasks.ts',
  `import { Tasks } from 'greenhub/tasks';
  const app: Tasks = new Tasks({ name: 'command', url: process.env.REDIS_URL });
  app.task('double', function* (n: number) { return [2 * n, process.pid]; });`,
);

const crashing = folder.write(
  'crashing.ts',
  `import { Tasks } from 'greenhub/tasks';
  const app: Tasks = new Tasks({ name: 'crashing', url: process.env.REDIS_URL });
  app.task('crash', () => { setImmediate(() => { throw new Error('a crash'); }); });`,
);

test('without a module, it says what to write', async () => {
  const { code, stderr } = await folder.greenhub(['worker']);

  assert.is(stderr, 'greenhub worker: name the module that defines the tasks. See "greenhub worker --help".\n');
  assert.is(code, 2);
});

for (const [option, value, message] of [
  ['--queues', 'mail,a:b', '--queues: the name of a queue must have 1 to 100 letters, digits, "_" and "-", not "a:b"'],
  ['--lock', '5', '--lock takes a number, at least 100, not "5"'],
] as const) {
  test(`a wrong ${option} is a mistake of the command line`, async () => {
    const { code, stderr } = await folder.greenhub(['worker', option, value, module]);

    assert.is(stderr, `greenhub worker: ${message}. See "greenhub worker --help".\n`);
    assert.is(code, 2);
  });
}

test('an embedded app has no jobs for a worker', async () => {
  const { code, stderr } = await folder.greenhub(['worker', module], { env: { REDIS_URL: '' } });

  assert.match(stderr, /^greenhub worker: the app command is embedded, so it has no jobs for another process/);
  assert.is(code, 1);
});

test('a module without an app is an error, also for several processes', async () => {
  const empty = folder.write('empty.ts', 'export {};');
  const { code, stderr } = await folder.greenhub(['worker', '--processes', '2', empty]);

  assert.match(stderr, /empty\.ts makes no app: it must call new Tasks\(\)/);
  assert.is(code, 1);
});

if (server === undefined) test.skip('jobs are not run, because redis-server is not installed');
else {
  for (const processes of [1, 2]) {
    test(`${processes} processes print what they serve, run jobs, and end on SIGTERM`, async () => {
      const url = `redis://127.0.0.1:${await server.start()}`;
      let isStarted = false;
      const used = new Set<number>();
      const { code, stdout, stderr } = await folder.greenhub(
        ['worker', '--processes', `${processes}`, '--concurrency', '1', module],
        {
          env: { REDIS_URL: url },
          noted(output, child) {
            if (isStarted || [...output.matchAll(/: double\n/g)].length < processes) return;
            isStarted = true;
            void useIt(url, used).finally(() => child.kill('SIGTERM'));
          },
        },
      );

      assert.is(stderr, '');
      assert.is(code, 0);
      assert.match(stdout, /^greenhub worker \d+: Tasks "command" \{ 1 task, .* \}, queues default: double$/m);
      assert.match(stdout, /^greenhub worker \d+: command: ended, \d+ completed, 0 failed$/m);
      assert.ok(used.size >= 1);
    });
  }

  test('one of several processes that crashes while it works is replaced', async () => {
    const url = `redis://127.0.0.1:${await server.start()}`;
    let begun = 0;
    const { code, stdout, stderr } = await folder.greenhub(['worker', '--processes', '2', crashing], {
      env: { REDIS_URL: url },
      noted(output, child) {
        const before = begun;
        begun = [...output.matchAll(/: crash\n/g)].length;
        if (before < 2 && begun === 2) void crashOne(url);
        if (before < 3 && begun === 3) child.kill('SIGTERM');
      },
    });

    assert.match(stderr, 'Error: a crash');
    assert.match(stderr, /^greenhub worker: process \d+ has ended \(exit code 1\): starting another one$/m);
    assert.is([...stdout.matchAll(/: crashing: ended, /g)].length, 2);
    assert.is(code, 0);
  });

  test('the server is stopped', () => server.stop());
}

test.run();

/** Calls the task of the module until each of its processes could have run it. */
async function useIt(url: string, used: Set<number>): Promise<void> {
  const app = new Tasks({ name: 'command', url });
  const double = app.task('double', (n: number): number[] => [n]);
  await spawn(function* () {
    for (let n = 0; n < 5; n += 1) {
      const [twice, pid = 0] = yield* double.call(n);
      assert.is(twice, 2 * n);
      used.add(pid);
    }
    yield* app.close();
  });
}

/** Calls the task that ends its process. */
async function crashOne(url: string): Promise<void> {
  const app = new Tasks({ name: 'crashing', url });
  const crash = app.task('crash', () => {});
  await spawn(function* () {
    yield* crash.delay();
    yield* app.close();
  });
}
