// A worker for the test of killed workers. It counts how often each job has been begun.
import { sleep, until } from 'greenhub';
import { Tasks } from 'greenhub/tasks';
import { Redis } from 'ioredis';

const { REDIS_URL = '' } = process.env;
const redis = new Redis(REDIS_URL);
const app = new Tasks({ name: 'crowd', url: REDIS_URL });

app.task(
  'square',
  /** @param {number} n */
  function* (n) {
    yield* until(redis.hincrby('crowd:runs', `${n}`, 1));
    yield* sleep(20);
    return n * n;
  },
  { attempts: 20, backoff: 10 },
);
