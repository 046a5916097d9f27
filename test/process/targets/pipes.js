/** Targets that get an end of a pipe. */
import { sleep, spawn } from 'greenhub';
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

/** Receives in greenlets of which it kills each a moment later. Returns what was received until the end. */
export const receivingByKilled = remote(here, 'receivingByKilled', function* (/** @type {Connection} */ connection) {
  /** @type {unknown[]} */
  const received = [];
  for (let round = 0; ; round += 1) {
    const receiver = spawn(function* receive() {
      received.push(yield* connection.recv());
    });
    for (let turns = round % 3; turns > 0; turns -= 1) yield* sleep(0);
    receiver.kill();
    yield* receiver.join();
    if (/** @type {Error | null} */ (receiver.exception)?.name === 'EOFError') return received;
  }
});
