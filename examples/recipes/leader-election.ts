// One leader among many processes: a lock in Redis with a time to live, which the leader renews. If it dies, another takes over.

import { randomUUID } from 'node:crypto';
import { type Coroutine, joinall, run, shield, sleep, spawn, withTimeout } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { Redis } from 'ioredis';

patchAll();

const TTL = 10_000;
const ownKey = (command: string) => `if redis.call('get', KEYS[1]) == ARGV[1] then return ${command} else return 0 end`;
const RENEW = ownKey(`redis.call('pexpire', KEYS[1], ARGV[2])`);
const RESIGN = ownKey(`redis.call('del', KEYS[1])`);

/** Waits until this process is the leader, and runs the body until it ends or the lock is lost. */
function* lead<T>(redis: Redis, key: string, body: () => Coroutine<T>) {
  const token = randomUUID(); // nobody else may renew or release our lock
  while ((yield* redis.set(key, token, 'PX', TTL, 'NX')) === null) yield* sleep(20);
  const leading = spawn(body);
  const renewing = spawn(function* () {
    try {
      do yield* sleep(TTL / 3);
      while ((yield* withTimeout(TTL / 3, () => redis.eval(RENEW, 1, key, token, TTL))) === 1);
    } finally {
      leading.kill({ reason: new Error('the lock is lost') }); // no reply counts as lost, too
    }
  });
  try {
    return yield* leading;
  } finally {
    yield* shield(function* () {
      yield* leading.kill(); // it has ended before another leads
      yield* renewing.kill();
      yield* redis.eval(RESIGN, 1, key, token);
    });
  }
}

await run(function* main() {
  const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
  const candidates = ['ann', 'bob'].map((name) =>
    spawn(lead, redis, `leader-${process.pid}`, function* () {
      console.log(`${name} leads`);
      yield* sleep(100);
      console.log(`${name} resigns`);
    }),
  );
  yield* joinall(candidates, { raiseError: true });
  redis.disconnect();
});
