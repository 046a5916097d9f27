import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import * as assert from 'uvu/assert';
import { kernel } from '../../lib/greenlet/kernel.ts';
import { getcurrent, sleep, spawn } from '../../lib/index.ts';
import {
  channels,
  type EndMessage,
  type ErrorMessage,
  type GreenletMessage,
  type GreenletTrace,
  watchBlocking,
} from '../../lib/inspect/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('diagnostics channels');

/** Collects the messages of a channel while `body` runs. */
async function messagesOf<M>(name: string, body: () => Promise<unknown>): Promise<M[]> {
  const messages: M[] = [];
  const listener = (message: unknown): void => void messages.push(message as M);
  subscribe(name, listener);
  try {
    await body();
  } finally {
    unsubscribe(name, listener);
  }
  return messages;
}

test('a spawn names the greenlet and its spawner', async () => {
  const messages = await messagesOf<GreenletMessage>('greenhub:greenlet:spawn', async () => {
    await spawn(function* outer() {
      yield* spawn(function* inner() {});
    });
  });
  const names = messages.map(({ greenlet, by }) => `${by.name} ${greenlet.name}`.replaceAll(/-\d+/g, ''));

  assert.equal(names.slice(0, 1), ['main outer']);
  assert.ok(names.includes('outer inner'));
});

test('an end says how, and with what', async ({ reported }) => {
  const messages = await messagesOf<EndMessage>('greenhub:greenlet:end', async () => {
    const killed = spawn(sleep, 1_000);
    const greenlets = [spawn(() => 5), spawn(failing), killed];
    await sleep(0);
    killed.kill();
    for (const greenlet of greenlets) await greenlet.join();
  });
  const outcomes = messages.map(({ greenlet, outcome, result }) => `${greenlet.name} ${outcome} ${result}`);
  reported.length = 0;

  assert.match(outcomes.join('\n'), /^anonymous-\d+ returned 5$/m);
  assert.match(outcomes.join('\n'), /^failing-\d+ failed Error: oh$/m);
  assert.match(outcomes.join('\n'), /^sleep-\d+ killed GreenletExit/m);
});

function* failing() {
  throw new Error('oh');
}

test('a kill names the killer, once', async () => {
  const messages = await messagesOf<GreenletMessage>('greenhub:greenlet:kill', async () => {
    const victim = spawn(sleep, 1_000);
    await spawn(function* killer() {
      victim.kill();
      victim.kill();
    });
  });

  assert.equal(
    messages.map(({ by }) => by.name.replace(/-\d+/, '')),
    ['killer'],
  );
});

test('an error that nobody took is published', async ({ reported }) => {
  const messages = await messagesOf<ErrorMessage>('greenhub:error', async () => {
    void spawn(failing);
    while (reported.length === 0) await new Promise((resolve) => setImmediate(resolve));
  });
  reported.length = 0;

  assert.equal(
    messages.map(({ error }) => String(error)),
    ['Error: oh'],
  );
});

test('what watchBlocking() finds is published', async () => {
  const blocked = new Int32Array(new SharedArrayBuffer(4));
  using _watching = watchBlocking({ threshold: 20, onBlocked: () => {} });
  const messages = await messagesOf<{ greenlet: object }>('greenhub:hub:blocked', async () => {
    const onBlocked = (): void => void Atomics.store(blocked, 0, 1);
    channels.blocked.subscribe(onBlocked);
    while (Atomics.load(blocked, 0) === 0);
    channels.blocked.unsubscribe(onBlocked);
  });

  assert.equal(
    messages.map(({ greenlet }) => greenlet),
    [getcurrent()],
  );
});

test('the tracing channel sees a greenlet as it sees an async function', async ({ reported }) => {
  const events: string[] = [];
  const note =
    (event: string) =>
    ({ greenlet, result, error }: GreenletTrace): void => {
      const outcome = error ?? result;
      events.push(`${event} ${greenlet.name}${outcome === undefined ? '' : ` ${outcome}`}`.replace(/-\d+/, ''));
    };
  const tracing = tracingChannel<unknown, GreenletTrace>('greenhub:greenlet');
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  tracing.subscribe(subscribers);
  await spawn(function* works() {
    return 5;
  }).join();
  await spawn(failing).join();
  tracing.unsubscribe(subscribers);
  reported.length = 0;

  assert.equal(
    events.filter((event) => /works|failing/.test(event)),
    [
      'start works',
      'end works',
      'asyncStart works 5',
      'asyncEnd works 5',
      'start failing',
      'end failing',
      'error failing Error: oh',
      'asyncStart failing Error: oh',
      'asyncEnd failing Error: oh',
    ],
  );
});

test('without subscribers nobody observes', () => {
  assert.is(kernel.observer, null);
  const listener = (): void => {};

  channels.spawn.subscribe(listener);
  assert.is.not(kernel.observer, null);
  assert.is(kernel.follower, null);
  channels.end.subscribe(listener);
  channels.spawn.unsubscribe(listener);
  assert.is.not(kernel.observer, null);
  channels.end.unsubscribe(listener);

  assert.is(kernel.observer, null);
});

test.run();
