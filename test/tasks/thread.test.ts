/** Tasks that run in a thread, on both engines. Threads are real, so the clock is, too. */
import { threadId } from 'node:worker_threads';
import { spawn } from 'greenhub';
import { Tasks } from 'greenhub/tasks';
import * as assert from 'uvu/assert';
import * as work from '../process/targets/work.js';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { redis } from '../third-party/redis.ts';

const test = suite('tasks/thread');
const server = redis();

const engines: [string, () => Promise<string | undefined>][] = [['embedded', async () => undefined]];
if (server !== undefined) engines.push(['BullMQ', async () => `redis://127.0.0.1:${await server.start()}`]);

for (const [name, url] of engines) {
  test(`${name}: a task with { thread: true } runs in a thread, and its error arrives`, async () => {
    const app = new Tasks({ name: 'threads', url: await url() });
    const there = app.task('there', work.thread, { thread: true });
    const here = app.task('here', work.thread);
    const fail = app.task('fail', work.fail, { thread: true });
    const worker = app.worker();
    const working = spawn(() => worker.run());
    try {
      assert.not.equal(await there.call(), threadId);
      assert.is(await here.call(), threadId);
      const error = (await failureOf(fail.call())) as RangeError & { code?: string };
      assert.instance(error, RangeError);
      assert.equal([error.message, error.code], ['out of reach', 'EREACH']);
    } finally {
      worker.stop();
      await working;
      await app.close();
    }
  });
}

test('a function that no thread can find is refused', () => {
  const app = new Tasks({ name: 'threads' });

  assert.throws(
    () => app.task('sum', (a: number, b: number) => a + b, { thread: true }),
    /the task sum is to run in a thread, but its function is not made by remote\(\)/,
  );
});

if (server !== undefined) test('the server is stopped', () => server.stop());

test.run();
