// What runs in the children of `npm run bench shared`. Each returns microseconds for one operation.
import { joinall, spawn } from 'greenhub';
import { remote } from 'greenhub/process';

/** @typedef {import('greenhub').Coroutine<number>} Measured */

const WARM_UP = 1_000;

/**
 * @param {number} count
 * @param {(count: number) => import('greenhub').Coroutine<void>} work
 * @returns {Measured}
 */
function* timed(count, work) {
  yield* work(Math.min(count, WARM_UP));
  const start = performance.now();
  yield* work(count);
  return ((performance.now() - start) * 1_000) / count;
}

export const lock = remote(
  import.meta.url,
  'lock',
  /** @param {import('greenhub/process').Lock} shared @param {number} count */
  (shared, count) =>
    timed(count, function* (times) {
      for (let n = 0; n < times; n += 1) {
        yield* shared.acquire();
        shared.release();
      }
    }),
);

export const ask = remote(
  import.meta.url,
  'ask',
  /** @param {{ get(key: string): import('greenhub').Operation<unknown> }} dict @param {number} count */
  (dict, count) =>
    timed(count, function* (times) {
      for (let n = 0; n < times; n += 1) yield* dict.get('key');
    }),
);

const item = { url: 'https://example.org/', depth: 3, tags: ['a', 'b'] };

export const put = remote(
  import.meta.url,
  'put',
  /**
   * @param {import('greenhub/process').Queue<unknown>} queue
   * @param {number} count
   * @param {number} greenlets
   */
  (queue, count, greenlets) =>
    timed(count, function* (times) {
      const job = function* () {
        for (let n = 0; n < times / greenlets; n += 1) yield* queue.put(item);
      };
      yield* joinall(Array.from({ length: greenlets }, () => spawn(job)));
    }),
);

export const get = remote(
  import.meta.url,
  'get',
  /**
   * @param {import('greenhub/process').Queue<unknown>} queue
   * @param {number} count
   * @param {number} greenlets
   */
  (queue, count, greenlets) =>
    timed(count, function* (times) {
      const job = function* () {
        for (let n = 0; n < times / greenlets; n += 1) yield* queue.get();
      };
      yield* joinall(Array.from({ length: greenlets }, () => spawn(job)));
    }),
);
