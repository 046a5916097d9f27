/** Targets that get an end of a pipe. */
import { remote } from 'greenhub/process';

/** @typedef {import('greenhub/process').Connection<any>} Connection */

const here = import.meta.url;

/** Sends back what it receives, doubled, until the other end is closed. Returns how often. */
export const doubling = remote(here, 'doubling', function* (/** @type {Connection} */ connection) {
  let count = 0;
  try {
    for (;;) {
      yield* connection.send(2 * (yield* connection.recv()));
      count += 1;
    }
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'EOFError') throw error;
  }
  return count;
});

/** Sends numbers, and ends without closing the connection. */
export const counting = remote(
  here,
  'counting',
  function* (/** @type {Connection} */ connection, /** @type {number} */ n) {
    for (let number = 0; number < n; number += 1) yield* connection.send(number);
  },
);

/** Adds numbers until the end. */
export const adding = remote(here, 'adding', function* (/** @type {Connection} */ connection) {
  let sum = 0;
  try {
    for (;;) sum += yield* connection.recv();
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'EOFError') throw error;
  }
  return sum;
});

/** Adds 1 to shared memory that it receives. */
export const incrementing = remote(here, 'incrementing', function* (/** @type {Connection} */ connection) {
  const value = yield* connection.recv();
  value.add(1);
  yield* connection.send('done');
});

export const hanging = remote(here, 'hanging', function* (/** @type {Connection} */ connection) {
  yield* connection.send('ready');
  yield* connection.recv();
});
