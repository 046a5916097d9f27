import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { type Coroutine, Pool, Queue, sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { servedLibrary } from './library.ts';
import { redis } from './redis.ts';

const test = servedLibrary('ioredis', redis());

/** Runs a test with a connection to an empty Redis. */
async function withRedis(port: number, body: (client: Redis) => Promise<void>): Promise<void> {
  const client = new Redis(port, '127.0.0.1');
  try {
    await client.flushall();
    await body(client);
  } finally {
    await client.quit();
  }
}

/**
 * Waits for the first item of a list. It uses its own connection, which ends with the wait. Otherwise Redis would give
 * the next item to a command that no greenlet waits for any more.
 */
function* popped(client: Redis, list: string): Coroutine<string> {
  const own = client.duplicate();
  try {
    const item = yield* own.blpop(list, 0);
    return item?.[1] ?? '';
  } finally {
    own.disconnect();
  }
}

test('commands in a greenlet give their answers', (port) =>
  withRedis(port, async (client) => {
    const gr = spawn(function* () {
      yield* client.set('name', 'greenhub');
      return [yield* client.get('name'), yield* client.get('nothing')];
    });

    assert.equal(await gr, ['greenhub', null]);
  }));

test('the error of a command is thrown as ioredis made it', (port) =>
  withRedis(port, async (client) => {
    const gr = spawn(function* () {
      yield* client.set('text', 'no number');
      yield* client.incr('text');
    });
    const error = (await failureOf(gr)) as Error;

    assert.is(error.name, 'ReplyError');
    assert.match(error.message, /not an integer/);
  }));

test('many greenlets share a connection, and each gets its own answer', (port) =>
  withRedis(port, async (client) => {
    const answers = await new Pool(100).map(
      function* (n: number) {
        yield* client.set(`key ${n}`, n * n);
        return Number(yield* client.get(`key ${n}`));
      },
      Array.from({ length: 1_000 }, (_, n) => n),
    );

    assert.equal(
      answers,
      Array.from({ length: 1_000 }, (_, n) => n * n),
    );
  }));

test('a transaction happens as a whole', (port) =>
  withRedis(port, async (client) => {
    const gr = spawn(() => client.multi().set('a', 1).incr('a').get('a').exec());

    assert.equal(await gr, [
      [null, 'OK'],
      [null, 2],
      [null, '2'],
    ]);
  }));

test('the late answer of a killed command is dropped, and the connection remains usable', (port) =>
  withRedis(port, async (client) => {
    const gr = spawn(function* () {
      return yield* client.blpop('list', 0);
    });
    await blocked(port, 1);
    const next = client.get('list 2');
    await gr.kill();
    await pushFromOutside(port, 'list', 'late');

    assert.is(await next, null);
    assert.is(await client.llen('list'), 0);
  }));

test('a kill that closes the connection of a blocking command has taken nothing', (port) =>
  withRedis(port, async (client) => {
    const gr = spawn(popped, client, 'list');
    await blocked(port, 1);
    await gr.kill();
    await blocked(port, 0);
    await client.rpush('list', 'mine');

    assert.is(await client.lpop('list'), 'mine');
  }));

test('withTimeout ends a blocking command, and later items go to others', (port) =>
  withRedis(port, async (client) => {
    const gr = spawn(() => withTimeout(20, () => popped(client, 'list')));

    assert.instance(await failureOf(gr), Timeout);
    await blocked(port, 0);
    const other = spawn(popped, client, 'list');
    await blocked(port, 1);
    await client.rpush('list', 'item');
    assert.is(await other, 'item');
  }));

test('a blocking command waits beside other greenlets', (port) =>
  withRedis(port, async (client) => {
    const consumer = spawn(popped, client, 'list');
    const producer = spawn(function* () {
      yield* sleep(1);
      return yield* client.rpush('list', 'work');
    });

    assert.equal([await consumer, await producer], ['work', 1]);
  }));

test('published messages arrive through a queue', (port) =>
  withRedis(port, async (client) => {
    const subscriber = spawn(function* () {
      const own = client.duplicate();
      const heard = new Queue<string>();
      own.on('message', (_channel: string, message: string) => heard.putNowait(message));
      try {
        yield* own.subscribe('news');
        yield* client.publish('news', 'one');
        yield* client.publish('news', 'two');
        return [yield* heard.get(), yield* heard.get()];
      } finally {
        own.disconnect();
      }
    });

    assert.equal(await subscriber, ['one', 'two']);
  }));

test('a killed subscriber leaves no subscription', (port) =>
  withRedis(port, async (client) => {
    const subscribed = new Queue<number>();
    const subscriber = spawn(function* () {
      const own = client.duplicate();
      try {
        yield* own.subscribe('news');
        subscribed.putNowait(1);
        yield* new Queue().get();
      } finally {
        own.disconnect();
      }
    });
    await subscribed.get();
    await subscriber.kill();

    while ((await client.publish('news', 'anybody?')) > 0);
  }));

test('greenlets that are killed at random moments leave a connection that answers in the right order', (port) =>
  withRedis(port, async (client) => {
    const jobs = Array.from({ length: 300 }, (_, n) =>
      spawn(function* () {
        yield* client.set(`key ${n}`, n);
        yield* client.get(`key ${n}`);
        return Number(yield* client.get(`key ${n}`));
      }),
    );
    for (const [n, job] of jobs.entries()) {
      if (n % 3 !== 0) continue;
      if (n % 2 === 0) await client.ping();
      job.kill();
    }
    for (const [n, job] of jobs.entries()) {
      await job.join();
      if (n % 3 !== 0) assert.is(job.value, n);
    }
    assert.is(await client.ping('still there'), 'still there');
  }));

test.run();

/** Waits until this many connections wait in a blocking command. */
async function blocked(port: number, count: number): Promise<void> {
  const observer = new Redis(port, '127.0.0.1');
  const isSo = async (): Promise<boolean> => (await observer.info('clients')).includes(`blocked_clients:${count}\r\n`);
  while (!(await isSo()));
  await observer.quit();
}

async function pushFromOutside(port: number, list: string, item: string): Promise<void> {
  const other = new Redis(port, '127.0.0.1');
  await other.rpush(list, item);
  await other.quit();
}
