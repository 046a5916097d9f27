import * as assert from 'uvu/assert';
import { forEach, getHub, idle, run, spawn } from '../../lib/index.ts';
import { events } from '../../lib/web/index.ts';
import { suite } from '../support/harness.ts';
import { Emitter } from './emitter.ts';

const test = suite('web/events');

function send(target: EventTarget, ...details: number[]): void {
  for (const detail of details) target.dispatchEvent(new CustomEvent('news', { detail }));
}

test('keeps each event from the call on, while the greenlet is busy', async () => {
  const target = new Emitter();
  const got: number[] = [];
  const news = events(target, 'news');
  send(target, 1, 2);
  const reader = spawn(() =>
    forEach(news, function* (event) {
      got.push((event as unknown as CustomEvent).detail);
      yield* idle();
      if (got.length === 4) news.return();
    }),
  );
  await idle();
  send(target, 3, 4);
  await reader;
  send(target, 5);
  assert.equal(got, [1, 2, 3, 4]);
  assert.is(target.listeners, 0);
});

test('heard() is called while the event is dispatched', async () => {
  const target = new Emitter();
  const news = events(target, 'news', { heard: (event) => (event as Event).preventDefault() });
  const event = new Event('news', { cancelable: true });
  assert.is(target.dispatchEvent(event), false);
  const step = await run(() => news.next());
  assert.is(step.value, event);
  news.return();
  assert.is((await run(() => news.next())).done, true);
});

test('a greenlet that waits for an event is no deadlock: the event comes from outside', async () => {
  const target = new Emitter();
  const news = events(target, 'news');
  const waiting = run(() => news.next());
  await idle();
  assert.is(getHub().checkDeadlock(), false);
  send(target, 1);
  assert.is((await waiting).done, false);
  news.return();
});

test('killing the reader removes the listener', async () => {
  const target = new Emitter();
  const reader = spawn(() => forEach(events(target, 'news'), () => {}));
  await idle();
  assert.is(target.listeners, 1);
  await reader.kill();
  assert.is(target.listeners, 0);
});

test.run();
