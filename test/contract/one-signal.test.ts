/** One AbortSignal can be used for any number of calls, without a warning from Node and without leftover listeners. */
import childProcess, { type ChildProcess } from 'node:child_process';
import events, { EventEmitter, getEventListeners } from 'node:events';
import fs from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import streams from 'node:stream/promises';
import timers, { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Barrier, type Coroutine, joinall, spawn } from '../../lib/index.ts';
import { connect, connectTls, request } from '../../lib/net/index.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { visiting } from '../support/patched.ts';
import type { Site } from '../support/site.ts';

const all = suite('contract/one-signal');
const test = visiting(all);

/** More listeners than Node allows without a warning. */
const MANY = 60;

const allRun = new Barrier(MANY);

/** Lets a `cat` end when as many as are started at once are running. */
function* endingTogether(child: ChildProcess): Coroutine<void> {
  yield* allRun.wait();
  child.stdin?.end();
  yield* child;
}

const CALLS: Record<string, (site: Site, signal: AbortSignal) => Coroutine<unknown>> = {
  *'request()'(site, signal) {
    yield* (yield* request(site.url('/text'), { signal })).body.text();
  },
  *'request() that fails'(_, signal) {
    yield* outcomeOf(request('http://127.0.0.1:1/', { signal }));
  },
  *'fetch()'(site, signal) {
    yield* (yield* fetch(site.url('/text'), { signal })).text();
  },
  *'fetch() that sends'(site, signal) {
    yield* (yield* fetch(site.url('/echo'), { signal, method: 'POST', body: 'x' })).text();
  },
  *'timers.setTimeout()'(_, signal) {
    yield* timers.setTimeout(1, undefined, { signal });
  },
  *'timers.setImmediate()'(_, signal) {
    yield* timers.setImmediate(undefined, { signal });
  },
  *'scheduler.wait()'(_, signal) {
    yield* timers.scheduler.wait(1, { signal });
  },
  *'events.once()'(_, signal) {
    const emitter = new EventEmitter();
    setImmediate(() => emitter.emit('event'));
    yield* events.once(emitter, 'event', { signal });
  },
  *'finished()'(_, signal) {
    yield* streams.finished(new PassThrough().end().resume(), { signal });
  },
  *'pipeline()'(_, signal) {
    yield* streams.pipeline(new PassThrough().end(), new PassThrough().resume(), { signal });
  },
  *'readFile()'(_, signal) {
    yield* fs.readFile('/dev/null', { signal });
  },
  *'spawn()'(_, signal) {
    yield* endingTogether(childProcess.spawn('cat', { signal, stdio: ['pipe', 'ignore', 'ignore'] }));
  },
  *'execFile()'(_, signal) {
    yield* endingTogether(childProcess.execFile('cat', { signal }));
  },
  *'exec()'(_, signal) {
    yield* endingTogether(childProcess.exec('cat', { signal }));
  },
  *'connect()'(site, signal) {
    (yield* connect({ port: site.port, host: '127.0.0.1', signal })).close();
    yield* turn();
  },
  *'connectTls()'(site, signal) {
    yield* outcomeOf(connectTls({ port: site.port, host: '127.0.0.1', ...({ signal } as object) }));
  },
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} with one signal, ${MANY} at once, leaves no listener on it`, async (site) => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const { signal } = new AbortController();
    await joinall(
      Array.from({ length: MANY }, () => spawn(call, site, signal)),
      { raiseError: true },
    );
    await turn();
    process.off('warning', note);
    assert.equal(warnings, []);
    assert.is(getEventListeners(signal, 'abort').length, 0);
  });
}

test('one signal aborts all its requests, whatever kind of signal it is', async (site) => {
  const controller = new AbortController();
  const emitter = new EventEmitter();
  for (const [signal, abort] of [
    [controller.signal, () => controller.abort()],
    [emitter, () => void emitter.emit('abort')],
  ] as const) {
    const before = site.requests('/hang');
    const jobs = Array.from({ length: MANY }, () => spawn(() => request(site.url('/hang'), { signal })));
    for (const job of jobs) job.link(() => {});
    await site.arrived('/hang', before + MANY);
    abort();
    await joinall(jobs);
    assert.equal([...new Set(jobs.map(({ exception }) => (exception as Error).name))], ['AbortError']);
    await site.deserted();
  }
  assert.is(emitter.listenerCount('abort'), 0);
});

all.run();
