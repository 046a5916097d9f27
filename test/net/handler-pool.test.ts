import { Pool } from 'greenhub';
import { createServer, DatagramServer, HttpServer, StreamServer } from 'greenhub/net';
import { ThreadPool } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.ts';

const test = suite('handlerPool');

const handler = () => {};
type Options = { pool?: Pool };

test('servers refuse a pool that is neither a number nor a Pool when they are made, and not with their first connection', () => {
  for (const pool of ['100', {}, true, new ThreadPool(1)] as unknown[] as Pool[]) {
    for (const make of [
      (options: Options) => new StreamServer(0, handler, options),
      (options: Options) => createServer(handler, options),
      (options: Options) => new HttpServer(0, handler, options),
      (options: Options) => new DatagramServer(0, handler, options),
    ]) {
      assert.throws(
        () => make({ pool }),
        (error: Error) => error instanceof TypeError && /^the pool of a server must be a number/.test(error.message),
      );
    }
  }
});

test('a pool is taken as it is, a number is the size of a new one, and without either there is none', () => {
  const pool = new Pool(2);

  assert.is(new StreamServer(0, handler, { pool }).pool, pool);
  assert.is(new HttpServer(0, handler, { pool: 3 }).pool?.freeCount(), 3);
  assert.is(new DatagramServer(0, handler, {}).pool, null);
});

test.run();
