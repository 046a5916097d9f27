/**
 * A call that is given up frees everything at once, in every phase: no connection is left, and its upload has ended.
 */
import http from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import type { Dispatcher } from 'undici';
import * as assert from 'uvu/assert';
import { type Coroutine, race, spawn, until, withTimeout } from '../../lib/index.ts';
import { connect, connectTls, request } from '../../lib/net/index.ts';
import { VirtualClock } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';
import { type Conduct, peer, type Stage, unansweredConnect, unansweredLookUp } from '../support/stage.ts';
import { undici } from '../support/undici.ts';

const all = suite('contract/giving-up');
const test = patching(all);

interface Sent {
  method?: 'POST';
  body?: AsyncIterable<Buffer> | Readable | ReadableStream;
  duplex?: 'half';
}

/** @param signal for calls that take a signal */
type Call = (stage: Stage, signal: AbortSignal, sent: Sent) => Coroutine<unknown>;

/** Ways to give a call up once it has reached its phase. */
const WAYS: Record<string, (call: (signal: AbortSignal) => Coroutine<unknown>, stage: Stage) => Promise<void>> = {
  async 'a kill'(call, stage) {
    const job = spawn(call, new AbortController().signal);
    await stage.reached();
    await job.kill();
  },
  async 'a time limit'(call, stage) {
    using clock = VirtualClock.install({ autojump: false });
    const job = spawn(() => withTimeout(1_000, () => call(new AbortController().signal), { timeoutValue: 'late' }));
    await stage.reached();
    await clock.advance(1_000);
    assert.is(await job, 'late');
  },
  async 'a lost race'(call, stage) {
    const job = spawn(() => race([() => call(new AbortController().signal), until(stage.reached())]));
    await job;
  },
  async 'a signal'(call, stage) {
    const controller = new AbortController();
    const job = spawn(call, controller.signal);
    await stage.reached();
    const reason = new Error('enough');
    controller.abort(reason);
    await job.join();
    assert.ok(job.exception === reason || (job.exception as Error).name === 'AbortError', String(job.exception));
  },
};

/** The names of the ways: for calls with a signal, and for calls without. */
const SIGNALLED: Record<string, Call> = {
  *request(stage, signal, sent) {
    const { body } = yield* request(urlOf(stage), { ...(sent as object), ...dispatcherOf(stage), signal });
    yield* body.text();
  },
  *fetch(stage, signal, sent) {
    const response = yield* fetch(urlOf(stage), { ...sent, ...dispatcherOf(stage), signal } as RequestInit);
    yield* response.text();
  },
};

const SOCKETS: Record<string, Call> = {
  *'connect()'({ port, host, lookup }, signal) {
    yield* connect({ port, host, signal, ...(lookup && { lookup: lookup as never }) });
  },
};

const TLS_SOCKETS: Record<string, Call> = {
  *'connectTls()'({ port, host, lookup }) {
    yield* connectTls({ port, host, ...(lookup && { lookup: lookup as never }) });
  },
  *'tls.connect()'({ port, host, lookup }) {
    yield* tls.connect({ port, host, ...(lookup && { lookup: lookup as never }) });
  },
};

const PATCHED_SOCKETS: Record<string, Call> = {
  *'net.connect()'({ port, host, lookup }) {
    yield* net.connect({ port, host, ...(lookup && { lookup: lookup as never }) });
  },
};

const HTTP: Record<string, Call> = {
  *'http.get()'({ port, host, lookup, secure }) {
    const { get } = secure ? https : http;
    const answer = yield* get({ port, host, agent: false, ...(lookup && { lookup: lookup as never }) });
    yield* answer.text();
  },
};

function urlOf({ secure, host, port }: Stage): string {
  return `${secure ? 'https' : 'http'}://${host}:${port}/`;
}

/** The program's own dispatcher, if the phase needs one. */
function dispatcherOf({ lookup, proxy }: Stage): { dispatcher?: Dispatcher } {
  if (proxy !== undefined) return { dispatcher: new undici.ProxyAgent(proxy) };
  return lookup === undefined ? {} : { dispatcher: new undici.Agent({ connect: { lookup: lookup as never } }) };
}

const silent: Conduct = (socket, reached) => void socket.once('data', reached);

const headers: Conduct = (socket, reached) => {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello');
    // The following bytes show that the client has begun to read. The connection stays open.
    setImmediate(reached);
  });
};

/** A proxy that opens the tunnel to a host that never answers. */
const tunnel: Conduct = (socket, reached) => {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.once('data', reached);
  });
};

interface Phase {
  name: string;
  open: () => Promise<Stage>;
  calls: Record<string, Call>;
}

const PHASES: Phase[] = [
  {
    name: 'while the name is looked up',
    open: unansweredLookUp,
    calls: { ...SIGNALLED, ...SOCKETS, ...PATCHED_SOCKETS, ...HTTP },
  },
  {
    name: 'while the name is looked up for TLS',
    open: () => unansweredLookUp({ secure: true }),
    calls: { ...SIGNALLED, ...TLS_SOCKETS, ...HTTP },
  },
  {
    name: 'while it connects',
    open: unansweredConnect,
    calls: { ...SIGNALLED, ...SOCKETS, ...PATCHED_SOCKETS, ...HTTP },
  },
  {
    name: 'while it connects for TLS',
    open: () => unansweredConnect({ secure: true }),
    calls: { ...SIGNALLED, ...TLS_SOCKETS, ...HTTP },
  },
  {
    name: 'in the TLS handshake',
    open: () => peer(silent, { secure: true }),
    calls: { ...SIGNALLED, ...TLS_SOCKETS, ...HTTP },
  },
  {
    name: 'while the proxy connects',
    open: () => peer(silent, { viaProxy: true }),
    calls: SIGNALLED,
  },
  {
    name: 'in the TLS handshake through a proxy',
    open: () => peer(tunnel, { viaProxy: true }),
    calls: SIGNALLED,
  },
  { name: 'before the headers', open: () => peer(silent), calls: { ...SIGNALLED, ...HTTP } },
  { name: 'in the body', open: () => peer(headers), calls: { ...SIGNALLED, ...HTTP } },
];

for (const { name, open, calls } of PHASES) {
  for (const [called, call] of Object.entries(calls)) {
    const takesSignal = called in SIGNALLED || called in SOCKETS;
    const ways = Object.entries(WAYS).filter(([way]) => takesSignal || way !== 'a signal');
    test(`${called} that is given up ${name} leaves nothing: by ${ways.map(([way]) => way).join(', ')}`, async () => {
      const stage = await open();
      for (const [, giveUp] of ways) {
        await giveUp((signal) => call(stage, signal, {}), stage);
        await stage.freed();
      }
      await stage.close();
    });
  }
}

/** Bodies that are sent piece by piece, and the way to see that their source has ended. */
interface Source {
  body: NonNullable<Sent['body']>;
  ended: Promise<unknown>;
}

const SOURCES: Record<string, () => Source> = {
  'a generator'() {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    async function* rows(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          yield Buffer.from('row\n');
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        end();
      }
    }
    return { body: rows(), ended };
  },
  'an iterator that gives nothing more'() {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    let given = 0;
    const iterator: AsyncIterator<Buffer> = {
      next() {
        given += 1;
        return given > 1 ? new Promise(() => {}) : Promise.resolve({ done: false, value: Buffer.from('row\n') });
      },
      async return() {
        end();
        return { done: true, value: undefined };
      },
    };
    return { body: { [Symbol.asyncIterator]: () => iterator }, ended };
  },
  'a Node stream'() {
    const body = new Readable({ read() {} });
    body.push('row\n');
    return { body, ended: new Promise((resolve) => body.on('close', resolve)) };
  },
  'a web stream'() {
    let end = (_: unknown): void => {};
    const ended = new Promise((resolve) => {
      end = resolve;
    });
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('row\n')), cancel: end });
    return { body, ended };
  },
};

/** Reads the request and never answers. */
const reading: Conduct = (socket, reached) => {
  socket.on('data', (data) => {
    if (data.includes('row')) reached();
  });
};

const closed: Conduct = (socket: Socket, reached) => {
  socket.on('data', (data) => {
    if (!data.includes('row')) return;
    reached();
    socket.resetAndDestroy();
  });
};

for (const [kind, make] of Object.entries(SOURCES)) {
  for (const [called, call] of Object.entries(SIGNALLED)) {
    test(`${called} that is given up while it sends ${kind} ends that source: by ${Object.keys(WAYS).join(', ')}`, async () => {
      const stage = await peer(reading);
      for (const giveUp of Object.values(WAYS)) {
        const { body, ended } = make();
        await giveUp((signal) => call(stage, signal, { method: 'POST', duplex: 'half', body }), stage);
        await ended;
        await stage.freed();
      }
      await stage.close();
    });

    test(`${called} that is reset while it sends ${kind} ends that source`, async () => {
      const stage = await peer(closed);
      const { body, ended } = make();
      const job = spawn(call, stage, new AbortController().signal, { method: 'POST', duplex: 'half', body });
      await job.join();
      assert.is(job.successful(), false);
      await ended;
      await stage.freed();
      await stage.close();
    });

    test(`${called} that is given up while it connects ends ${kind} that it was to send`, async () => {
      const stage = await peer(silent, { secure: true });
      const { body, ended } = make();
      const job = spawn(call, stage, new AbortController().signal, { method: 'POST', duplex: 'half', body });
      await stage.reached();
      await job.kill();
      // A body that has not begun has nothing to end.
      if (kind !== 'a generator' && !kind.startsWith('an iterator')) await ended;
      await stage.freed();
      await stage.close();
    });
  }
}

all.run();
