import type { Readable } from 'node:stream';
import { forEach, type Greenlet, iwait, Queue, type Source, sleep, spawn } from 'greenhub';
import { accepts, check, type Equal } from './expect.js';

declare const jobs: Greenlet<number>[];
declare const pages: AsyncGenerator<{ title: string }>;
declare const bytes: ReadableStream<Uint8Array>;
declare const lines: Readable;
declare const maybe: ReadableStream<Uint8Array> | null;

function* loops() {
  const ended = yield* forEach(new Queue<Date>(), function* (item) {
    check<Equal<typeof item, Date>>();
    yield* sleep(1);
  });
  check<Equal<typeof ended, void>>();
  yield* forEach(iwait(jobs), (job) => check<Equal<typeof job, Greenlet<number>>>());
  yield* forEach(pages, async (page) => check<Equal<typeof page.title, string>>());
  yield* forEach(bytes, (chunk) => check<Equal<typeof chunk, Uint8Array>>());
  yield* forEach([1, 2], (item) => check<Equal<typeof item, number>>());
  yield* forEach(new Map([['a', 1]]), (item) => check<Equal<typeof item, [string, number]>>());
  yield* forEach('text', (letter) => check<Equal<typeof letter, string>>());
  // @ts-expect-error a body can be missing: response.body may be null
  yield* forEach(maybe, () => {});
  // @ts-expect-error a number has no items
  yield* forEach(5, () => {});
  // @ts-expect-error a loop has a body
  yield* forEach([1]);
}
spawn(loops);

// Node types the chunks of a stream as `any`, and so does the loop.
accepts<Source<unknown>>(lines);
