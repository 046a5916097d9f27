import stream, { PassThrough, Readable, Writable } from 'node:stream';
import streamPromises, { finished as namedFinished, pipeline as namedPipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';

const all = suite('stream-promises');
const test = patching(all);

/** A stream that never ends and never gives data. */
const endless = (): Readable => new Readable({ read() {} });

const sink = (): Writable =>
  new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });

for (const [what, pipeline] of [
  [
    'pipeline',
    (...streams: unknown[]) => (streamPromises.pipeline as (...args: unknown[]) => Promise<void>)(...streams),
  ],
  [
    'a named import of pipeline',
    (...streams: unknown[]) => (namedPipeline as (...args: unknown[]) => Promise<void>)(...streams),
  ],
  [
    'promisify(stream.pipeline)',
    (...streams: unknown[]) => (promisify(stream.pipeline) as (...args: unknown[]) => Promise<void>)(...streams),
  ],
] as const) {
  test(`${what} waits for the end of all its streams`, async () => {
    const chunks: string[] = [];
    const collect = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });

    await spawn(() => pipeline(Readable.from(['a', 'b']), new PassThrough(), collect));

    assert.equal(chunks, ['a', 'b']);
  });

  test(`${what}: a killed waiter destroys all its streams`, async () => {
    const [source, through, target] = [endless(), new PassThrough(), sink()];
    const gr = spawn(() => pipeline(source, through, target));
    await sleep(0);

    await gr.kill();

    assert.equal(
      [source, through, target].map(({ destroyed }) => destroyed),
      [true, true, true],
    );
  });

  test(`${what}: a waiter that is timed out destroys all its streams`, async () => {
    const [source, target] = [endless(), sink()];

    const gr = spawn(function* () {
      return yield* outcomeOf(withTimeout(1, pipeline(source, target, {})));
    });

    assert.instance((await gr).error, Timeout);
    assert.equal([source.destroyed, target.destroyed], [true, true]);
  });

  test(`${what} takes its options as without the patch`, async () => {
    const target = sink();
    await spawn(() => pipeline(Readable.from(['a']), target, { end: false }));
    assert.is(target.writableEnded, false);

    const controller = new AbortController();
    const gr = spawn(() => pipeline(endless(), sink(), { signal: controller.signal }));
    await sleep(0);
    controller.abort();
    assert.is(((await failureOf(gr)) as Error).name, 'AbortError');
  });

  test(`${what} works with iterables, generators and web streams as without the patch`, async () => {
    const chunks: string[] = [];
    const collect = async (source: AsyncIterable<unknown>): Promise<void> => {
      for await (const chunk of source) chunks.push(String(chunk));
    };
    const web = new ReadableStream({
      start(controller) {
        controller.enqueue('c');
        controller.close();
      },
    });

    await spawn(() => pipeline(['a', 'b'], collect));
    await spawn(() => pipeline(web, collect));
    await spawn(() =>
      pipeline(
        async function* () {
          yield 'd';
        },
        new WritableStream({ write: (chunk) => void chunks.push(String(chunk)) }),
      ),
    );

    assert.equal(chunks, ['a', 'b', 'c', 'd']);
  });

  test(`${what} throws the error of a stream`, async () => {
    const source = endless();
    const boom = new Error('boom');
    const gr = spawn(() => pipeline(source, sink()));
    await sleep(0);

    source.destroy(boom);

    assert.is(await failureOf(gr), boom);
  });
}

for (const [what, finished] of [
  ['finished', (target: Readable, options?: object) => streamPromises.finished(target, options)],
  ['a named import of finished', (target: Readable, options?: object) => namedFinished(target, options)],
] as const) {
  test(`${what} removes its listeners when its waiter is killed, and leaves the stream alone`, async () => {
    const source = endless();
    const before = source.eventNames().length;
    const gr = spawn(() => finished(source));
    await sleep(0);
    assert.ok(source.eventNames().length > before);

    await gr.kill();

    assert.is(source.eventNames().length, before);
    assert.is(source.destroyed, false);
    source.destroy();
  });

  test(`${what} waits for the end, and throws the error`, async () => {
    const source = endless();
    const failing = endless();
    const boom = new Error('boom');
    const gr = spawn(() => finished(source));
    const failed = spawn(() => finished(failing, { cleanup: true }));
    await sleep(0);

    source.push(null);
    source.resume();
    failing.destroy(boom);

    assert.is(await gr, undefined);
    assert.is(await failureOf(failed), boom);
  });
}

all.run();
