import * as assert from 'uvu/assert';
import { forEach, GreenletExit, race, sleep, spawn, Timeout, withTimeout } from '../../../lib/index.ts';
import { isPatched, patchPromise, patchStreams } from '../../../lib/monkey/browser/index.ts';
import { waitAllBlocked } from '../../../lib/testing/index.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { patching } from '../../support/patched.ts';

const all = suite('monkey/browser/streams');
const test = patching(all, () => {
  patchPromise();
  patchStreams();
});

/** A stream of chunks, without an end. It notes its cancellation. */
function source(...chunks: number[]): { stream: ReadableStream<number>; cancels: number[] } {
  const cancels: number[] = [];
  const stream = new ReadableStream<number>({
    start: (controller) => chunks.forEach((chunk) => void controller.enqueue(chunk)),
    cancel: () => void cancels.push(1),
  });
  return { stream, cancels };
}

/** A stream whose sink takes a chunk when the test says so. */
function sink(): { stream: WritableStream<number>; got: number[]; takes: (() => void)[]; aborts: unknown[] } {
  const got: number[] = [];
  const takes: (() => void)[] = [];
  const aborts: unknown[] = [];
  const stream = new WritableStream<number>({
    write: (chunk) =>
      new Promise<void>((settle) => {
        got.push(chunk);
        takes.push(settle);
      }),
    abort: (reason) => void aborts.push(reason),
  });
  return { stream, got, takes, aborts };
}

test('read() gives the chunks, and the lock stays with the reader', async () => {
  const stream = new ReadableStream<number>({
    start(controller) {
      for (const chunk of [1, 2]) controller.enqueue(chunk);
      controller.close();
    },
  });
  const steps = await spawn(function* () {
    const reader = stream.getReader();
    return [yield* reader.read(), yield* reader.read(), yield* reader.read()];
  });
  assert.equal(
    steps.map(({ value }) => value),
    [1, 2, undefined],
  );
  assert.is(steps[2]?.done, true);
  assert.ok(stream.locked);
});

test('killing a greenlet that waits for read() cancels the stream and releases the lock', async () => {
  const { stream, cancels } = source(1);
  const got: unknown[] = [];
  const job = spawn(function* () {
    const reader = stream.getReader();
    for (;;) got.push((yield* reader.read()).value);
  });
  await waitAllBlocked();
  await job.kill();
  await waitAllBlocked();
  assert.equal(got, [1]);
  assert.instance(job.exception, GreenletExit);
  assert.equal(cancels, [1]);
  assert.not(stream.locked);
});

test('a read() that runs out of time or loses a race cancels the stream', async () => {
  const [late, lost] = [source(), source()];
  const error = await failureOf(withTimeout(0, () => late.stream.getReader().read()));
  await spawn(() => race([() => lost.stream.getReader().read(), sleep(0)]));
  await waitAllBlocked();
  assert.instance(error, Timeout);
  assert.equal([late.cancels, lost.cancels], [[1], [1]]);
  assert.equal([late.stream.locked, lost.stream.locked], [false, false]);
});

test('a failed read() throws the error of the stream, and stops nothing', async () => {
  const stream = new ReadableStream({ start: (controller) => controller.error(new Error('broken')) });
  const error = await failureOf(spawn(() => stream.getReader().read()));
  assert.match(String(error), /broken/);
  assert.ok(stream.locked);
});

test('an error of the source in cancel() is reported', async ({ reported }) => {
  const stream = new ReadableStream({ cancel: () => Promise.reject(new Error('stuck')) });
  const job = spawn(function* () {
    yield* stream.getReader().read();
  });
  await waitAllBlocked();
  await job.kill();
  await waitAllBlocked();
  assert.equal(
    reported.splice(0).map(({ error }) => String(error)),
    ['Error: stuck'],
  );
  assert.not(stream.locked);
});

test('read() into a buffer is cancelled, too', async () => {
  const cancels: unknown[] = [];
  const stream = new ReadableStream({ type: 'bytes', cancel: (reason) => void cancels.push(reason) });
  const job = spawn(function* () {
    yield* stream.getReader({ mode: 'byob' }).read(new Uint8Array(8));
  });
  await waitAllBlocked();
  await job.kill();
  await waitAllBlocked();
  assert.is(cancels.length, 1);
  assert.not(stream.locked);
});

test('forEach() over a stream cancels it once', async () => {
  const { stream, cancels } = source(1);
  const job = spawn(() => forEach(stream, () => {}));
  await waitAllBlocked();
  await job.kill();
  await waitAllBlocked();
  assert.equal(cancels, [1]);
  assert.not(stream.locked);
});

test('write() waits until the sink has taken the chunk', async () => {
  const { stream, got, takes } = sink();
  let written = 0;
  const job = spawn(function* () {
    const writer = stream.getWriter();
    for (const chunk of [1, 2, 3]) {
      yield* writer.write(chunk);
      written += 1;
    }
    yield* writer.close();
  });
  for (const n of [1, 2, 3]) {
    await waitAllBlocked();
    assert.is(written, n - 1);
    assert.is(got.length, n);
    takes[n - 1]?.();
  }
  await job;
  assert.equal(got, [1, 2, 3]);
});

test('killing a greenlet that waits for write() aborts the stream and releases the lock', async () => {
  const { stream, got, takes, aborts } = sink();
  const writer = stream.getWriter();
  const killed = spawn(() => writer.write(1));
  const other = spawn(() => writer.write(2));
  await waitAllBlocked();
  await killed.kill();
  await waitAllBlocked();
  assert.not(stream.locked);
  takes[0]?.();
  assert.is(((await failureOf(other)) as Error).name, 'AbortError');
  await waitAllBlocked();
  assert.equal(got, [1]);
  assert.is((aborts[0] as Error).name, 'AbortError');
});

test('killing a greenlet that waits for pipeTo() aborts the pipe at both ends', async () => {
  const from = source(1);
  const to = sink();
  const job = spawn(() => from.stream.pipeTo(to.stream));
  await waitAllBlocked();
  await job.kill();
  to.takes[0]?.();
  await waitAllBlocked();
  assert.equal(to.got, [1]);
  assert.equal([from.cancels.length, to.aborts.length], [1, 1]);
  assert.equal([from.stream.locked, to.stream.locked], [false, false]);
});

test("the program's own signal still aborts pipeTo()", async () => {
  const { stream, cancels } = source();
  const controller = new AbortController();
  const job = spawn(() => stream.pipeTo(new WritableStream(), { signal: controller.signal }));
  await waitAllBlocked();
  controller.abort(new Error('mine'));
  assert.match(String(await failureOf(job)), /mine/);
  assert.equal(cancels, [1]);
});

test('outside greenlets nothing changes', async () => {
  const { stream } = source(1);
  const step = stream.getReader().read();
  assert.not(Object.hasOwn(step, Symbol.iterator));
  assert.equal((await step).value, 1);
  assert.ok(isPatched('streams'));
});

all.run();
