import * as assert from 'uvu/assert';
import { AsyncResult, Greenlet, getHub, sleep, spawn } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/unlink');
const boom = new Error('boom');

type Callback = (source: never) => unknown;

/** An object to link callbacks to, and the function that makes it call them. */
interface Linked {
  link(callback: Callback): void;
  unlink(callback: Callback): void;
  end(): void;
  /** Whether the callbacks are due when `end()` returns; otherwise they are due when the next greenlet runs. */
  endsAtOnce: boolean;
}

function ofGreenlet(method: 'link' | 'linkValue' | 'linkException', body: () => unknown, kill = false): Linked {
  const greenlet = new Greenlet(body);
  return {
    link: (callback) => greenlet[method](callback),
    unlink: (callback) => greenlet.unlink(callback),
    end: () => (kill ? greenlet.kill() : greenlet.start()),
    endsAtOnce: kill,
  };
}

function ofResult(end: (result: AsyncResult<unknown>) => void): Linked {
  const result = new AsyncResult<unknown>();
  return {
    link: (callback) => result.link(callback),
    unlink: (callback) => result.unlink(callback),
    end: () => end(result),
    endsAtOnce: true,
  };
}

function fail(): never {
  throw boom;
}

/** Every call that links a callback, with each outcome. */
const linked: Record<string, () => Linked> = {
  'Greenlet.link() of one that returns': () => ofGreenlet('link', () => 1),
  'Greenlet.link() of one that fails': () => ofGreenlet('link', fail),
  'Greenlet.link() of one that is killed': () => ofGreenlet('link', () => 1, true),
  'Greenlet.linkValue()': () => ofGreenlet('linkValue', () => 1),
  'Greenlet.linkException()': () => ofGreenlet('linkException', fail),
  'AsyncResult.link() with a value': () => ofResult((result) => result.set(1)),
  'AsyncResult.link() with an exception': () => ofResult((result) => result.setException(boom)),
};

for (const [name, make] of Object.entries(linked)) {
  test(`${name}: a callback that unlinks all later ones is the last one called`, async () => {
    const source = make();
    const log: string[] = [];
    const second = () => log.push('second');
    const third = () => log.push('third');
    source.link(() => {
      log.push('first');
      source.unlink(second);
      source.unlink(third);
    });
    source.link(second);
    source.link(third);

    source.end();
    await sleep(1);

    assert.equal(log, ['first']);
  });

  test(`${name}: a callback that is unlinked after the end, before its turn, is not called, and the others are`, async () => {
    const source = make();
    const log: string[] = [];
    const second = () => log.push('second');
    source.link(() => log.push('first'));
    source.link(second);
    source.link(() => log.push('third'));
    source.link(second);

    source.end();
    if (source.endsAtOnce) source.unlink(second);
    else spawn(() => source.unlink(second));
    await sleep(1);

    assert.equal(log, ['first', 'third', 'second']);
  });

  test(`${name}: a callback that is linked after the end and unlinked at once is not called`, async () => {
    const source = make();
    const log: string[] = [];
    const callback = () => log.push('called');
    source.link(() => {});
    source.end();
    await sleep(1);

    source.link(callback);
    source.unlink(callback);
    await sleep(1);
    assert.equal(log, []);
    source.link(callback);
    await sleep(1);

    assert.equal(log, ['called']);
  });
}

test('a callback that is unlinked before its turn has not taken the error', async ({ reported }) => {
  const failing = spawn(fail);
  const callback = () => {};
  failing.linkException(callback);
  spawn(() => failing.unlink(callback));

  await sleep(1);
  getHub().schedule();
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [boom],
  );
});

test('an AsyncResult that is set twice before a callback has its turn calls it once', async () => {
  const result = new AsyncResult<number>();
  const seen: unknown[] = [];
  result.link((source: AsyncResult<number>) => seen.push(source.value));

  result.set(1);
  result.set(2);
  await sleep(1);

  assert.equal(seen, [2]);
});

test.run();
