/**
 * `npm run bench imap-memory`: sends a million items of an endless generator through imapUnordered() of a pool, with at most 100
 * items at work or not yet taken. After every 100,000 items it prints the heap after a full garbage collection. The heap must
 * stay constant, because nothing of taken items is kept.
 */
import { type Coroutine, forEach, Pool, sleep } from 'greenhub';
import { collectGarbage } from './row.ts';

const ITEMS = 1_000_000;
const STEP = 100_000;
const WINDOW = 100;
const SIZE = 50;

/** Runs the benchmark and prints a line after each step. */
export async function imapMemory(print: (line: string) => void): Promise<void> {
  const enough = new Error('enough');
  let taken = 0;
  let read = 0;
  let furthest = 0;
  const heaps: number[] = [];
  const source = (function* () {
    for (;;) {
      read += 1;
      furthest = Math.max(furthest, read - taken);
      yield read;
    }
  })();
  const began = performance.now();
  print(`imapUnordered() of a pool of ${SIZE}, maxsize ${WINDOW}, over an endless generator: heap used`);
  try {
    await forEach(new Pool(SIZE).imapUnordered(work, source, { maxsize: WINDOW }), function* () {
      taken += 1;
      if (taken % STEP === 0) {
        const heap = heapUsed();
        heaps.push(heap);
        print(`${taken.toLocaleString('en').padStart(11)} items  ${(heap / 2 ** 20).toFixed(2).padStart(7)} MiB`);
      }
      if (taken === ITEMS) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const growth = (((heaps.at(-1) as number) - (heaps[0] as number)) / (ITEMS - STEP)).toFixed(3);
  print(`growth ${growth} B for each item, at most ${furthest} read ahead, ${seconds} s`);
}

function* work(item: number): Coroutine<number> {
  yield* sleep(0);
  return item * 2;
}

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
