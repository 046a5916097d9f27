/** The tasks of `npm run bench process`, for the pools of greenhub. */
import { remote } from 'greenhub/process';

const here = import.meta.url;

export const add = remote(here, 'add', (/** @type {number} */ a, /** @type {number} */ b) => a + b);

export const increment = remote(here, 'increment', (/** @type {number} */ n) => n + 1);

export const size = remote(here, 'size', (/** @type {Uint8Array} */ data) => data.byteLength);

export const fibonacci = remote(here, 'fibonacci', (/** @type {number} */ n) => fib(n));

/** @param {number} n @returns {number} */
function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
