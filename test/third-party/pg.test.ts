import pg from 'pg';
import * as assert from 'uvu/assert';
import {
  all,
  type Coroutine,
  type Greenlet,
  joinall,
  killall,
  Pool,
  Queue,
  race,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { servedLibrary } from './library.ts';
import { connectionTo, postgres } from './postgres.ts';

const test = servedLibrary('pg', postgres());

/** A connection of the pool. If the wait for it is cancelled, a late connection goes back to the pool. */
function* connection(pool: pg.Pool): Coroutine<pg.PoolClient> {
  const connecting = pool.connect();
  try {
    return yield* connecting;
  } catch (error) {
    connecting.then((late) => late.release()).catch(() => {});
    throw error;
  }
}

/**
 * Runs a body with a connection. If a query may still be running, the connection is closed and the pool opens another.
 */
function* withConnection<T>(pool: pg.Pool, body: (client: pg.PoolClient) => Coroutine<T>): Coroutine<T> {
  const client = yield* connection(pool);
  let isDone = false;
  try {
    const result = yield* body(client);
    isDone = true;
    return result;
  } finally {
    client.release(!isDone);
  }
}

/** Cancelling uses its own pool. Otherwise transactions killed at once would wait for each other's connections. */
interface Pools {
  work: pg.Pool;
  cancels: pg.Pool;
}

/** Runs a body in a transaction. */
function* transaction<T>(pools: Pools, body: (client: pg.PoolClient) => Coroutine<T>): Coroutine<T> {
  const client = yield* connection(pools.work);
  let isOver = false;
  try {
    yield* client.query('begin');
    const result = yield* body(client);
    // The outcome of a commit is unknown if the wait for it was cancelled.
    yield* shield(() => client.query('commit'));
    isOver = true;
    return result;
  } catch (error) {
    yield* shield(() => rollback(pools, client));
    isOver = true;
    throw error;
  } finally {
    client.release(!isOver);
  }
}

/** Cancels a running query first, because the rollback would have to wait for it. */
function* rollback({ cancels }: Pools, client: pg.PoolClient): Coroutine<void> {
  yield* cancels.query('select pg_cancel_backend($1)', [processId(client)]);
  yield* client.query('rollback');
}

function processId(client: pg.ClientBase): number {
  return (client as pg.ClientBase & { processID: number }).processID;
}

/** Runs a test with a pool and another connection, which holds a lock for queries to wait for. */
async function withPool(
  port: number,
  max: number,
  body: (pool: pg.Pool, guard: Guard) => Promise<void>,
): Promise<void> {
  const pool = openPool(port, max);
  const guard = new Guard(port);
  try {
    await guard.open();
    await body(pool, guard);
  } finally {
    await guard.close();
    await pool.end();
  }
}

function openPool(port: number, max: number): pg.Pool {
  const pool = new pg.Pool({ ...connectionTo(port), max });
  // `pool.end()` does not wait until the connections are closed. The server may still send an error on one when it
  // stops.
  pool.on('error', () => {});
  return pool;
}

/** A query that waits for the guard's lock. */
const GUARDED = 'select pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1)';

class Guard {
  private readonly client: pg.Client;

  constructor(port: number) {
    this.client = new pg.Client(connectionTo(port));
  }

  async open(): Promise<void> {
    await this.client.connect();
    await this.client.query('select pg_advisory_lock(1)');
  }

  async letPass(): Promise<void> {
    await this.client.query('select pg_advisory_unlock(1)');
  }

  /** Waits until this many queries wait for the lock. */
  async waiting(count: number): Promise<void> {
    for (let seen = -1; seen !== count; ) {
      const { rows } = await this.client.query("select from pg_locks where locktype = 'advisory' and not granted");
      seen = rows.length;
    }
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

test('a query in a greenlet gives its rows', (port) =>
  withPool(port, 1, async (pool) => {
    const gr = spawn(function* () {
      const { rows } = yield* pool.query<{ sum: number }>('select $1::int + 1 as sum', [41]);
      return rows[0]?.sum;
    });

    assert.is(await gr, 42);
  }));

test('the error of a query is thrown as pg made it', (port) =>
  withPool(port, 1, async (pool) => {
    const error = (await failureOf(spawn(() => pool.query('select * from nowhere')))) as pg.DatabaseError;

    assert.instance(error, pg.DatabaseError);
    assert.is(error.code, '42P01');
  }));

test('a connection that is refused is an error where it is waited for', async () => {
  const pool = new pg.Pool(connectionTo(1));
  const error = (await failureOf(
    spawn(function* () {
      return yield* pool.query('select 1');
    }),
  )) as NodeJS.ErrnoException;
  assert.is(error.code, 'ECONNREFUSED');
  await pool.end();
});

test('many greenlets share the connections of a pool, and each gets its own answer', (port) =>
  withPool(port, 5, async (pool) => {
    const workers = new Pool(40);
    const squares = await workers.map(
      function* (n: number) {
        const { rows } = yield* pool.query<{ square: number }>('select $1::int * $1::int as square', [n]);
        return rows[0]?.square;
      },
      Array.from({ length: 200 }, (_, n) => n),
    );

    assert.equal(
      squares,
      Array.from({ length: 200 }, (_, n) => n * n),
    );
    assert.is(pool.totalCount, 5);
    assert.is(pool.idleCount, 5);
  }));

test('queries of one greenlet can run side by side', (port) =>
  withPool(port, 2, async (pool) => {
    const gr = spawn(function* () {
      const [a, b] = yield* all([() => pool.query('select 1 as n'), () => pool.query('select 2 as n')]);
      return [a.rows, b.rows];
    });

    assert.equal(await gr, [[{ n: 1 }], [{ n: 2 }]]);
  }));

test('withTimeout ends the wait for a slow query', (port) =>
  withPool(port, 1, async (pool, guard) => {
    const gr = spawn(function* () {
      return yield* withTimeout(20, () => pool.query(GUARDED));
    });

    assert.instance(await failureOf(gr), Timeout);
    await guard.letPass();
    await pool.query('select 1');
    assert.is(pool.totalCount, 1);
  }));

test('the first of two queries wins', (port) =>
  withPool(port, 2, async (pool, guard) => {
    const gr = spawn(() => race([() => pool.query(GUARDED), () => pool.query<{ n: number }>('select 1 as n')]));

    assert.equal((await gr).rows, [{ n: 1 }]);
    await guard.letPass();
  }));

test('a query of the pool that was killed gives its connection back when it has ended', (port) =>
  withPool(port, 1, async (pool, guard) => {
    const gr = spawn(function* () {
      return yield* pool.query(GUARDED);
    });
    await guard.waiting(1);
    await gr.kill();
    const next = pool.query('select 1 as n');
    assert.is(pool.waitingCount, 1);
    await guard.letPass();

    assert.equal((await next).rows, [{ n: 1 }]);
    assert.is(pool.totalCount, 1);
  }));

test('a kill in mid-query frees the place in the pool at once when its connection is released with true', (port) =>
  withPool(port, 1, async (pool, guard) => {
    const gr = spawn(() => withConnection(pool, (client) => query(client, GUARDED)));
    await guard.waiting(1);
    await gr.kill();

    assert.equal((await pool.query('select 1 as n')).rows, [{ n: 1 }]);
    assert.is(pool.totalCount, 1);
    await guard.letPass();
  }));

test('a kill while the pool has no connection to give takes none', (port) =>
  withPool(port, 1, async (pool, guard) => {
    const busy = spawn(() => withConnection(pool, (client) => query(client, GUARDED)));
    await guard.waiting(1);
    const gr = spawn(() => withConnection(pool, (client) => query(client, 'select 1')));
    await turnUntil(() => pool.waitingCount === 1);
    await gr.kill();
    await guard.letPass();
    await busy;

    assert.equal((await pool.query('select 1 as n')).rows, [{ n: 1 }]);
    assert.is(pool.idleCount, 1);
  }));

/** Runs a test like `withPool()`, with another pool for cancelling queries. */
function withPools(port: number, max: number, body: (pools: Pools, guard: Guard) => Promise<void>): Promise<void> {
  return withPool(port, max, async (work, guard) => {
    const cancels = openPool(port, 1);
    try {
      await body({ work, cancels }, guard);
    } finally {
      await cancels.end();
    }
  });
}

test('a transaction that ends well is committed', (port) =>
  withPools(port, 1, async (pools) => {
    await pools.work.query('create table good (n int)');
    const gr = spawn(() =>
      transaction(pools, function* (client) {
        yield* client.query('insert into good values (1)');
        yield* sleep(0);
        yield* client.query('insert into good values (2)');
      }),
    );
    await gr;

    assert.equal((await pools.work.query('select n from good order by n')).rows, [{ n: 1 }, { n: 2 }]);
  }));

test('a transaction that throws is rolled back', (port) =>
  withPools(port, 1, async (pools) => {
    await pools.work.query('create table bad (n int)');
    const gr = spawn(() =>
      transaction(pools, function* (client) {
        yield* client.query('insert into bad values (1)');
        throw new Error('changed my mind');
      }),
    );

    assert.is(((await failureOf(gr)) as Error).message, 'changed my mind');
    assert.equal((await pools.work.query('select n from bad')).rows, []);
    assert.is(pools.work.idleCount, pools.work.totalCount);
  }));

test('a transaction that is killed in mid-query is rolled back, and its connection used again', (port) =>
  withPools(port, 1, async (pools, guard) => {
    await pools.work.query('create table killed (n int)');
    const gr = spawn(() =>
      transaction(pools, function* (client) {
        yield* client.query('insert into killed values (1)');
        yield* client.query(GUARDED);
      }),
    );
    await guard.waiting(1);
    await gr.kill();

    assert.equal((await pools.work.query('select n from killed')).rows, []);
    assert.is(pools.work.totalCount, 1);
    assert.is(pools.work.idleCount, 1);
  }));

test('transactions that are killed at once while they have all connections are rolled back', (port) =>
  withPools(port, 3, async (pools, guard) => {
    await pools.work.query('create table several (n int)');
    const jobs = [1, 2, 3].map((n) =>
      spawn(() =>
        transaction(pools, function* (client) {
          yield* client.query('insert into several values ($1)', [n]);
          yield* client.query(GUARDED);
        }),
      ),
    );
    await guard.waiting(3);
    await killall(jobs);

    assert.equal((await pools.work.query('select n from several')).rows, []);
    assert.is(pools.work.totalCount, 3);
    assert.is(pools.work.idleCount, 3);
  }));

test('a hundred greenlets that are killed at random moments leave every connection usable', (port) =>
  withPools(port, 4, async (pools) => {
    await pools.work.query('create table soak (n int)');
    const jobs = Array.from({ length: 100 }, (_, n) =>
      spawn(() =>
        transaction(pools, function* (client) {
          yield* client.query('insert into soak values ($1)', [n]);
          yield* client.query('select pg_sleep(0.002)');
          yield* client.query('insert into soak values ($1)', [n]);
        }),
      ),
    );
    for (const [n, job] of jobs.entries()) {
      if (n % 3 !== 0) continue;
      await pools.work.query('select 1');
      job.kill();
    }
    await joinall(jobs);

    const { rows } = await pools.work.query(
      'select n, count(*)::int as count from soak group by n having count(*) <> 2',
    );
    assert.equal(rows, []);
    assert.ok(pools.work.totalCount <= 4);
    assert.is(pools.work.idleCount, pools.work.totalCount);
  }));

test('notifications are heard through a queue', (port) =>
  withPool(port, 2, async (pool) => {
    const news = new Queue<string>();
    const listener: Greenlet<string[]> = spawn(function* () {
      return yield* withConnection(pool, function* (client) {
        const hear = ({ payload }: pg.Notification): void => news.putNowait(payload ?? '');
        client.on('notification', hear);
        try {
          yield* client.query('listen news');
          yield* pool.query("select pg_notify('news', 'one'), pg_notify('news', 'two')");
          return [yield* news.get(), yield* news.get()];
        } finally {
          client.off('notification', hear);
        }
      });
    });

    assert.equal(await listener, ['one', 'two']);
  }));

test.run();

function* query(client: pg.PoolClient, sql: string): Coroutine<pg.QueryResult> {
  return yield* client.query(sql);
}

async function turnUntil(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setImmediate(resolve));
}
