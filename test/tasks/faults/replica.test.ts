import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { sleep, spawn } from '../../../lib/index.ts';
import { StoreError, Tasks } from '../../../lib/tasks/index.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { redis } from '../../third-party/redis.ts';

const test = suite('tasks/faults/replica');
const server = redis();
const replica = redis();

if (server === undefined || replica === undefined) {
  test.skip('replicas are skipped, because redis-server is not installed');
} else {
  test('a read-only replica stores nothing, and says so, until it is made a master', async () => {
    const port = await server.start();
    const url = `redis://127.0.0.1:${await replica.start()}`;
    const follower = new Redis(url);
    const app = new Tasks({ name: 'replicated', url });
    const square = app.task('square', (n: number) => n * n);
    // A promise would wait for the result, too.
    const storing = (n: number) =>
      spawn(function* () {
        yield* square.applyAsync([n], { id: `${n}` });
      });
    try {
      await follower.replicaof('127.0.0.1', port);
      while (((await follower.role()) as unknown[])[3] !== 'connected') await sleep(10);
      const error = (await failureOf(storing(3))) as StoreError;
      assert.instance(error, StoreError);
      assert.is(error.code, 'read-only');
      assert.match(error.message, /is a read-only replica/);

      await follower.call('REPLICAOF', 'NO', 'ONE');
      await storing(4);
      assert.is(await app.result('4').status(), 'waiting');
    } finally {
      await app.close();
      follower.disconnect();
    }
  });

  test('the servers are stopped', async () => {
    await server.stop();
    await replica.stop();
  });
}

test.run();
