// A worker for the tests of faults. Its tasks tell a list in Redis what happens to them.
import { shield, sleep, until } from 'greenhub';
import { currentTask, Tasks } from 'greenhub/tasks';
import { Redis } from 'ioredis';
import { RATE, RETRIES } from './options.js';

const { REDIS_URL = '' } = process.env;
const redis = new Redis(REDIS_URL);
const app = new Tasks({ name: 'faults', url: REDIS_URL });

/** @param {string} event */
const tell = (event) => until(redis.rpush('faults:events', `${event} ${Date.now()}`));

app.task('sleeper', function* () {
  yield* tell('began');
  try {
    yield* sleep(600_000);
  } finally {
    const now = Date.now();
    yield* shield(until(redis.rpush('faults:events', `ended ${now}`)));
  }
});

app.task('shielded', function* () {
  yield* tell('began');
  try {
    yield* shield(sleep(50)); // what is shielded ends first
    yield* sleep(600_000);
  } finally {
    const now = Date.now();
    yield* shield(until(redis.rpush('faults:events', `ended ${now}`)));
  }
});

app.task(
  'spin',
  /** @param {number} ms */
  function* spin(ms) {
    const run = yield* until(redis.incr('faults:spins'));
    const end = performance.now() + ms;
    // Only the first run blocks, so that the test ends.
    while (run === 1 && performance.now() < end) Math.random();
    return run;
  },
);

/** The time of the server, in milliseconds. */
function* time() {
  const [seconds, microseconds] = yield* until(redis.time());
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

app.task(
  'flaky',
  function* () {
    const { id, attempt } = currentTask();
    yield* until(redis.rpush(`faults:attempts:${id}`, JSON.stringify({ attempt, at: yield* time() })));
    if (attempt < RETRIES.attempts) throw new Error('not yet');
    return attempt;
  },
  RETRIES,
);

app.task(
  'limited',
  function* () {
    const { id } = currentTask();
    yield* until(redis.rpush('faults:limited', JSON.stringify({ id, at: yield* time() })));
  },
  { rate: RATE },
);

app.task('tick', () => until(redis.rpush('faults:ticks', currentTask().id)));
