// One side of a row of `npm run bench tax`: `tax-worker.js <job> <milliseconds> [<bytes>]`, with or without the patches loaded
// before it. It does not use greenhub itself. It prints the processor time of one operation in nanoseconds. The job `memory` prints
// the size of the process in bytes instead. With `bytes`, the process is larger by that much.

import childProcess from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

const nothing = () => {};

/**
 * Works in small batches, so that the garbage collector does not have to move pending work.
 *
 * @param {number} count
 * @param {(size: number) => Promise<unknown>} work
 */
async function inBatches(count, work) {
  for (let done = 0; done < count; done += 500) await work(500);
}

/** Each job does its operation `count` times. @type {Record<string, { operations: number, work: (count: number) => unknown }>} */
const jobs = {
  setTimeout: {
    operations: 20_000,
    work(count) {
      for (let n = 0; n < count; n += 1) clearTimeout(setTimeout(nothing, 1_000));
    },
  },
  setInterval: {
    operations: 20_000,
    work(count) {
      for (let n = 0; n < count; n += 1) clearInterval(setInterval(nothing, 1_000));
    },
  },
  setImmediate: {
    operations: 20_000,
    work: (count) =>
      inBatches(count, (size) => {
        for (let n = 1; n < size; n += 1) setImmediate(nothing);
        return new Promise((resolve) => setImmediate(resolve));
      }),
  },
  'promises.setTimeout': {
    operations: 5_000,
    work: (count) => inBatches(count, (size) => Promise.all(Array.from({ length: size }, () => wait(1)))),
  },
  'promises.setImmediate': {
    operations: 5_000,
    work: (count) => inBatches(count, (size) => Promise.all(Array.from({ length: size }, () => turn()))),
  },
  'events.once': {
    operations: 5_000,
    async work(count) {
      const emitter = new EventEmitter();
      for (let n = 0; n < count; n += 1) {
        const event = once(emitter, 'event');
        emitter.emit('event');
        await event;
      }
    },
  },
  readFile: {
    operations: 200,
    async work(count) {
      for (let n = 0; n < count; n += 1) await readFile('package.json');
    },
  },
  spawn: {
    operations: 10,
    async work(count) {
      for (let n = 0; n < count; n += 1) await once(childProcess.spawn('true', { stdio: 'ignore' }), 'close');
    },
  },
  execFile: {
    operations: 10,
    async work(count) {
      for (let n = 0; n < count; n += 1) await new Promise((resolve) => childProcess.execFile('true', resolve));
    },
  },
};

const [name, milliseconds, bytes] = process.argv.slice(2);
if (name === 'memory') {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  console.log(Number(kilobytes) * 1_024);
  process.exit();
}
const ballast = Buffer.alloc(Number(bytes ?? 0), 1);

const { operations, work } = /** @type {(typeof jobs)[string]} */ (jobs[/** @type {string} */ (name)]);
// Warm up: compilation is not a cost of the patches.
for (let n = 0; n < 3; n += 1) await work(operations);

let best = Number.POSITIVE_INFINITY;
const end = performance.now() + Number(milliseconds);
do {
  const before = process.cpuUsage();
  await work(operations);
  const { user, system } = process.cpuUsage(before);
  best = Math.min(best, ((user + system) * 1_000) / operations);
} while (performance.now() < end);
if (ballast.length !== Number(bytes ?? 0)) throw new Error('the ballast was dropped');
console.log(best);
