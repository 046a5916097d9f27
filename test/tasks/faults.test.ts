/** What happens to jobs when workers are killed, with a real server. It takes a while. */
import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { type Coroutine, sleep, spawn, until } from '../../lib/index.ts';
import { Tasks } from '../../lib/tasks/index.ts';
import { Random } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { redis } from '../third-party/redis.ts';
import { WorkerProcess } from './faults/worker-process.ts';

const JOBS = 2_000;
const WORKERS = 4;
const KILLS = 12;

const test = suite('tasks/faults');
const server = redis();

if (server === undefined) test.skip('faults are skipped, because redis-server is not installed');
else {
  test(`${JOBS} jobs survive ${KILLS} kills of ${WORKERS} workers, and each result is right`, async () => {
    const url = `redis://127.0.0.1:${await server.start()}`;
    const client = new Redis(url);
    const crowd = new Crowd(url);
    const app = new Tasks({ name: 'crowd', url });
    const square = app.task('square', (n: number) => n * n, { attempts: 20 });
    try {
      await spawn(function* () {
        const numbers = Array.from({ length: JOBS }, (_, n) => n);
        const results = yield* app.group(numbers.map((n) => square.s(n))).delay();
        for (let kill = 0; kill < KILLS; kill += 1) {
          // Each kill comes while jobs are being run.
          const before = yield* until(client.hlen('crowd:runs'));
          while ((yield* until(client.hlen('crowd:runs'))) < Math.min(before + 50, JOBS)) yield* sleep(10);
          yield* crowd.kill();
        }
        assert.equal(
          yield* results.get({ timeout: 300_000 }),
          numbers.map((n) => n * n),
        );
        const runs = Object.values(yield* until(client.hgetall('crowd:runs'))).map(Number);
        const twice = runs.filter((count) => count > 1).length;
        console.log(`${JOBS} jobs, ${KILLS} kills by -9: 0 lost, ${twice} were run more than once`);
        assert.is(runs.length, JOBS);
        yield* app.close();
      });
    } finally {
      await crowd.end();
      client.disconnect();
    }
  });

  test('the server is stopped', () => server.stop());
}

test.run();

/** Workers that are replaced when they are killed. */
class Crowd {
  private readonly url: string;
  private readonly random = new Random(7);
  private readonly children: WorkerProcess[] = [];

  constructor(url: string) {
    this.url = url;
    for (let n = 0; n < WORKERS; n += 1) this.children.push(this.start());
  }

  *kill(): Coroutine<void> {
    const at = this.random.int(0, this.children.length - 1);
    yield* until((this.children[at] as WorkerProcess).kill());
    this.children[at] = this.start();
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((each) => each.kill()));
  }

  private start(): WorkerProcess {
    return new WorkerProcess('crowd.js', this.url, { concurrency: 20, lock: 1_000 });
  }
}
