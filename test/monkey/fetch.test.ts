import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { forEach, getcurrent, sleep, spawn, until } from '../../lib/index.ts';
import { getOriginal, patchAll, patchFetch, unpatchAll } from '../../lib/monkey/index.ts';
import { runProgram } from '../support/child.ts';
import { deadPort } from '../support/dead-port.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { visiting } from '../support/patched.ts';
import { type Echo, Site } from '../support/site.ts';
import { undici } from '../support/undici.ts';

const all = suite('fetch');
const test = visiting(all);
const bare = visiting(all, { patched: false });

/** The answer of `/echo`. */
function* echoed(input: Parameters<typeof fetch>[0], init?: RequestInit) {
  const response = yield* fetch(input, init);
  return (yield* response.json()) as Echo;
}

function streamOf(chunks: readonly string[], between: () => Promise<unknown>): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    async pull(controller) {
      await between();
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
}

test('yield* fetch gives the response as soon as its headers are there', async (site) => {
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/status'));
    return [response.status, response.ok, response.url, response.headers.get('x-none'), response.bodyUsed];
  });

  assert.equal(await gr, [404, false, site.url('/status'), null, false]);
});

test('every reader of the body can be waited for', async (site) => {
  const gr = spawn(function* () {
    const text = yield* (yield* fetch(site.url('/text'))).text();
    const json = yield* (yield* fetch(site.url('/json'))).json();
    const buffer = yield* (yield* fetch(site.url('/text'))).arrayBuffer();
    const blob = yield* (yield* fetch(site.url('/text'))).blob();
    const form = yield* (yield* fetch(site.url('/form'))).formData();
    return [text, json, Buffer.from(buffer).toString(), blob.size, yield* blob.text(), [...form]];
  });

  assert.equal(await gr, [
    'hello',
    { answer: 42 },
    'hello',
    5,
    'hello',
    [
      ['a', '1'],
      ['b', 'two'],
    ],
  ]);
});

test('bytes() can be waited for if undici has it', async (site) => {
  const gr = spawn(function* () {
    const response = (yield* fetch(site.url('/text'))) as Response & { bytes?(): Promise<Uint8Array> };
    const bytes = yield* (response.bytes as () => Promise<Uint8Array>).call(response);
    return Buffer.from(bytes).toString();
  });

  assert.is(await gr, 'hello');
});

test('the body streams through forEach, chunk by chunk', async (site) => {
  const gates: (() => void)[] = [];
  site.on('/stream', (_, response) => {
    response.write('one');
    gates.push(() => response.write('two'));
    gates.push(() => response.end('three'));
  });

  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/stream'));
    const seen: string[] = [];
    yield* forEach(response.body as ReadableStream<Uint8Array>, function* (chunk) {
      seen.push(Buffer.from(chunk).toString());
      yield* sleep(0);
      gates.shift()?.();
    });
    return [seen, response.bodyUsed];
  });

  assert.equal(await gr, [['one', 'two', 'three'], true]);
});

test('a response without a body has null for it and reads as empty', async (site) => {
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/empty'));
    return [response.status, response.body, yield* response.text()];
  });

  assert.equal(await gr, [204, null, '']);
});

test('a clone of the response can be read beside it', async (site) => {
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/text'));
    const copy = response.clone();
    return [yield* response.text(), yield* copy.text(), copy instanceof Response];
  });

  assert.equal(await gr, ['hello', 'hello', true]);
});

test('a body that was read cannot be read again', async (site) => {
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/text'));
    yield* response.text();
    yield* response.text();
  });

  assert.instance(await failureOf(gr), TypeError);
});

test('a body that is not JSON is a SyntaxError of json(), thrown where it is waited for', async (site) => {
  const gr = spawn(function* () {
    yield* (yield* fetch(site.url('/text'))).json();
  });

  assert.instance(await failureOf(gr), SyntaxError);
});

test('the response is a Response, and another value is not', async (site) => {
  class Own extends Response {}
  const gr = spawn(function* () {
    return yield* fetch(site.url('/text'));
  });

  const response = await gr;

  assert.instance(response, Response);
  assert.instance(new Response('own'), Response);
  assert.not(response instanceof Own);
  assert.instance(new Own('own'), Own);
  assert.instance(new Own('own'), Response);
  assert.not({} instanceof Response);
  assert.not((null as unknown) instanceof Response);
  assert.is(Object.prototype.toString.call(response), '[object Response]');
  await response.text();
});

test('fetch can be spawned as it is, from a plain function too', async (site) => {
  const direct = spawn(fetch, site.url('/text'));
  const plain = spawn(() => fetch(site.url('/text')));

  assert.is(await (await direct).text(), 'hello');
  assert.is(await (await plain).text(), 'hello');
});

test('a fetch can be waited for through until()', async (site) => {
  const gr = spawn(function* () {
    const one = yield* until(fetch(site.url('/text')));
    const two = yield* until((signal) => fetch(site.url('/text'), { signal }));
    return [yield* one.text(), yield* two.text()];
  });

  assert.equal(await gr, ['hello', 'hello']);
});

test('the promise in a greenlet is a promise like any other', async (site) => {
  const gr = spawn(function* () {
    const promise = fetch(site.url('/text'));
    const seen = [promise instanceof Promise, typeof promise.then];
    return [...seen, yield* promise.then((response) => response.text())];
  });

  assert.equal(await gr, [true, 'function', 'hello']);
});

test('without the promise patch fetch and the readers can be waited for all the same', async (site) => {
  unpatchAll();
  patchFetch();

  const gr = spawn(function* () {
    return yield* (yield* fetch(site.url('/text'))).text();
  });

  assert.is(await gr, 'hello');
});

test('many fetches of one greenlet run side by side', async (site) => {
  const held: (() => void)[] = [];
  site.on('/together', (_, response) => {
    held.push(() => response.end('together'));
    if (held.length === 5) for (const answer of held) answer();
  });

  const gr = spawn(function* () {
    const responses = yield* Promise.all(Array.from({ length: 5 }, () => fetch(site.url('/together'))));
    return yield* Promise.all(responses.map((response) => response.text()));
  });

  assert.equal(await gr, Array(5).fill('together'));
});

test('a URL object and data: and blob: URLs are fetched', async (site) => {
  const blobUrl = URL.createObjectURL(new Blob(['from a blob']));

  const gr = spawn(function* () {
    const texts: string[] = [];
    for (const url of [new URL(site.url('/text')), 'data:text/plain,from%20data', blobUrl]) {
      texts.push(yield* (yield* fetch(url)).text());
    }
    return texts;
  });

  assert.equal(await gr, ['hello', 'from data', 'from a blob']);
});

test('redirects are followed, refused or handed on as asked', async (site) => {
  const gr = spawn(function* () {
    const followed = yield* fetch(site.url('/301'));
    const manual = yield* fetch(site.url('/301'), { redirect: 'manual' });
    const seen = [followed.redirected, followed.url, yield* followed.text(), manual.status];
    yield* manual.text();
    return [...seen, manual.headers.get('location')];
  });

  assert.equal(await gr, [true, site.url('/text'), 'hello', 301, '/text']);
  for (const [path, redirect] of [
    ['/301', 'error'],
    ['/loop', 'follow'],
  ] as const) {
    const error = await failureOf(spawn(() => fetch(site.url(path), { redirect })));
    assert.instance(error, TypeError);
    assert.instance((error as Error).cause, Error);
  }
});

test('a body of each kind reaches the server', async (site) => {
  const form = new FormData();
  form.append('field', 'value');
  form.append('file', new Blob(['contents'], { type: 'text/plain' }), 'name.txt');
  const ownForm = new undici.FormData();
  ownForm.append('field', 'value of undici');
  const bodies: [RequestInit['body'], RegExp][] = [
    ['string', /^string$/],
    [new URLSearchParams({ a: 'b' }), /^a=b$/],
    [new Blob(['blob']), /^blob$/],
    [new TextEncoder().encode('bytes'), /^bytes$/],
    [new TextEncoder().encode('buffer').buffer as ArrayBuffer, /^buffer$/],
    [streamOf(['a ', 'stream'], () => turn()), /^a stream$/],
    [
      form,
      /name="field"\r\n\r\nvalue\r\n.*name="file"; filename="name.txt"\r\nContent-Type: text\/plain\r\n\r\ncontents/s,
    ],
  ];
  // Node 26 accepts only its own FormData, in greenlets and outside.
  const answer = await fetch(site.url('/echo'), { method: 'POST', body: ownForm as unknown as FormData });
  const outside = (await answer.json()) as { body: string };
  bodies.push([
    ownForm as unknown as FormData,
    /value of undici/.test(outside.body) ? /value of undici/ : /^\[object FormData\]$/,
  ]);

  for (const [body, expected] of bodies) {
    const { body: seen } = await spawn(() =>
      echoed(site.url('/echo'), { method: 'POST', body, duplex: 'half' } as RequestInit),
    );
    assert.match(seen, expected);
  }
});

test('a form tells the server its boundary', async (site) => {
  const form = new FormData();
  form.append('field', 'value');

  const { headers, body } = await spawn(() => echoed(site.url('/echo'), { method: 'POST', body: form }));

  const [, boundary = 'none'] = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type'] ?? '') ?? [];
  assert.ok(body.startsWith(`--${boundary}`));
});

test('a stream whose first chunk is late is sent completely', async (site) => {
  const stream = streamOf(['late'], () => new Promise((resolve) => setTimeout(resolve, 60)));

  const { body } = await spawn(() =>
    echoed(site.url('/echo'), { method: 'POST', body: stream, duplex: 'half' } as RequestInit),
  );

  assert.is(body, 'late');
});

test('Headers of Node’s, of undici’s, pairs and plain objects reach the server', async (site) => {
  for (const headers of [
    new Headers({ 'x-mine': 'yes' }),
    new undici.Headers({ 'x-mine': 'yes' }) as unknown as Headers,
    [['x-mine', 'yes']] as [string, string][],
    { 'x-mine': 'yes' },
  ]) {
    const { headers: seen } = await spawn(() => echoed(site.url('/echo'), { headers }));
    assert.is(seen['x-mine'], 'yes');
  }
});

test('a Request brings its method, headers and body', async (site) => {
  const request = new Request(site.url('/echo'), { method: 'PUT', headers: { 'x-mine': 'yes' }, body: 'contents' });

  const seen = await spawn(() => echoed(request));

  assert.equal([seen.method, seen.headers['x-mine'], seen.body], ['PUT', 'yes', 'contents']);
  assert.match(seen.headers['content-type'] ?? '', /^text\/plain/);
  assert.is(request.bodyUsed, true);
});

test('a Request tells the server how long its body is, as outside greenlets', async (site) => {
  const request = new Request(site.url('/echo'), { method: 'POST', body: 'contents' });

  const { headers } = await spawn(() => echoed(request));

  assert.equal([headers['content-length'], headers['transfer-encoding']], ['8', undefined]);
});

test('a Request with a body follows a redirect that keeps the body', async (site) => {
  const request = new Request(site.url('/307'), { method: 'POST', body: 'contents' });

  const { method, body } = await spawn(() => echoed(request));

  assert.equal([method, body], ['POST', 'contents']);
});

test('a Request with a form for a body is sent as that form', async (site) => {
  const form = new FormData();
  form.append('field', 'value');
  const request = new Request(site.url('/echo'), { method: 'POST', body: form });

  const { headers, body } = await spawn(() => echoed(request));

  const [, boundary = 'none'] = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type'] ?? '') ?? [];
  assert.ok(body.startsWith(`--${boundary}`));
  assert.match(body, 'value');
});

test('the options given beside a Request win', async (site) => {
  const request = new Request(site.url('/echo'), { method: 'PUT', headers: { 'x-mine': 'yes' }, body: 'contents' });

  const seen = await spawn(() => echoed(request, { method: 'POST', headers: { 'x-mine': 'no' }, body: 'other' }));

  assert.equal([seen.method, seen.headers['x-mine'], seen.body], ['POST', 'no', 'other']);
});

test('the redirect mode of a Request counts', async (site) => {
  const request = new Request(site.url('/301'), { redirect: 'manual' });

  const response = await spawn(() => fetch(request));

  assert.is(response.status, 301);
  await response.text();
});

test('the signal of a Request aborts it', async (site) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const request = new Request(site.url('/hang'), { signal: controller.signal });
  const gr = spawn(() => fetch(request));
  await site.arrived('/hang');

  controller.abort(reason);

  assert.is(await failureOf(gr), reason);
  await site.deserted();
});

test('a signal given beside a Request takes the place of its own', async (site) => {
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error('enough');
  const request = new Request(site.url('/hang'), { signal: first.signal });
  const gr = spawn(() => fetch(request, { signal: second.signal }));
  await site.arrived('/hang');

  first.abort(new Error('not this one'));
  second.abort(reason);

  assert.is(await failureOf(gr), reason);
});

test('fetch() rejects for a Request whose body was used', async (site) => {
  const request = new Request(site.url('/echo'), { method: 'POST', body: 'contents' });
  await request.text();

  const gr = spawn(function* () {
    // fetch() itself never throws.
    const promise = fetch(request);
    return yield* promise.then(
      () => 'fetched',
      (error: unknown) => error,
    );
  });

  assert.instance(await gr, TypeError);
});

test('a Request of an undici that is not Node’s is refused, as outside greenlets', async (site) => {
  const request = new undici.Request(site.url('/text')) as unknown as Request;

  assert.instance(await failureOf(fetch(request)), TypeError);
  assert.instance(await failureOf(spawn(() => fetch(request))), TypeError);
  assert.is(site.requests('/text'), 0);
});

test('wrong arguments are refused by a rejection, as outside greenlets', async () => {
  const wrong: Parameters<typeof fetch>[] = [
    ['no URL'],
    ['http://127.0.0.1:0/', { method: 'NO METHOD' }],
    ['http://127.0.0.1:1/', { signal: 'no signal' as unknown as AbortSignal }],
    ['http://127.0.0.1:1/', { body: 'a GET has none' }],
    [] as unknown as Parameters<typeof fetch>,
  ];

  for (const args of wrong) {
    const outside = await fetch(...args).catch((error: unknown) => error);
    const inside = await spawn(function* () {
      return yield* fetch(...args).catch((error: unknown) => error);
    });
    assert.instance(outside, TypeError);
    assert.instance(inside, TypeError);
  }
});

test('a signal that is aborted already lets nothing start', async (site) => {
  const reason = new Error('enough');

  const gr = spawn(() => fetch(site.url('/text'), { signal: AbortSignal.abort(reason) }));

  assert.is(await failureOf(gr), reason);
  assert.is(site.requests('/text'), 0);
});

test('a signal that is aborted before the headers ends the fetch with its reason', async (site) => {
  const controller = new AbortController();
  const gr = spawn(function* () {
    return yield* fetch(site.url('/hang'), { signal: controller.signal });
  });
  await site.arrived('/hang');

  controller.abort();

  assert.is(((await failureOf(gr)) as Error).name, 'AbortError');
  await site.deserted();
});

/** The error for an aborted signal while the body is read. Version 6 of undici loses the reason. */
async function readWhileAborted(url: string, reason: Error): Promise<unknown> {
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  controller.abort(reason);
  return failureOf(response.text());
}

test('a signal that is aborted after the headers ends the reading of the body, as outside greenlets', async (site) => {
  const reason = new Error('enough');
  for (const path of ['/headers', '/half']) {
    const expected = await readWhileAborted(site.url(path), reason);
    const controller = new AbortController();
    const gr = spawn(function* () {
      const response = yield* fetch(site.url(path), { signal: controller.signal });
      controller.abort(reason);
      return yield* response.text();
    });

    const failure = await failureOf(gr);

    assert.equal([(failure as Error).name, String(failure)], [(expected as Error).name, String(expected)]);
  }
});

test('a signal that is aborted in the middle of the body ends forEach over it with its reason', async (site) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/half'), { signal: controller.signal });
    yield* forEach(response.body as ReadableStream<Uint8Array>, () => controller.abort(reason));
  });

  assert.is(await failureOf(gr), reason);
  await site.deserted();
});

test('AbortSignal.timeout() and the greenlet’s own signal can be given', async (site) => {
  const timed = spawn(() => fetch(site.url('/hang'), { signal: AbortSignal.timeout(1) }));
  assert.is(((await failureOf(timed)) as Error).name, 'TimeoutError');

  const own = spawn(function* () {
    yield* fetch(site.url('/hang'), { signal: (getcurrent() as unknown as { signal: AbortSignal }).signal });
  });
  await site.arrived('/hang');
  await own.kill();
  await site.deserted();
});

test('with a signal of its own a fetch is aborted by a kill all the same, and the signal is left alone', async (site) => {
  const controller = new AbortController();
  const gr = spawn(() => fetch(site.url('/hang'), { signal: controller.signal }));
  await site.arrived('/hang');

  await gr.kill();

  await site.deserted();
  assert.is(controller.signal.aborted, false);
});

test('null for a signal is no signal', async (site) => {
  const controller = new AbortController();
  controller.abort();

  const response = await spawn(() =>
    fetch(new Request(site.url('/text'), { signal: controller.signal }), { signal: null }),
  );

  assert.is(await response.text(), 'hello');
});

test('a refused connection comes out of yield* with its cause, and is reported nowhere else', async () => {
  const port = await deadPort();

  const gr = spawn(function* () {
    try {
      yield* fetch(`http://127.0.0.1:${port}/`);
    } catch (error) {
      return error as Error;
    }
  });

  const error = await gr;
  assert.instance(error, TypeError);
  assert.is(((error as Error).cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  await turn();
});

test('a name that does not exist comes out of yield* with its cause', async () => {
  const error = (await failureOf(spawn(() => fetch('http://no-such-host.invalid/')))) as Error;

  assert.instance(error, TypeError);
  assert.match((error.cause as NodeJS.ErrnoException).code ?? '', /^(ENOTFOUND|EAI_AGAIN)$/);
});

test('a server that hangs up in the middle of the body fails the reader with its cause', async (site) => {
  site.on('/cut', (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('x', () => response.destroy());
  });

  const error = (await failureOf(
    spawn(function* () {
      yield* (yield* fetch(site.url('/cut'))).text();
    }),
  )) as Error;

  assert.instance(error, TypeError);
  assert.instance(error.cause, Error);
});

test('values of AsyncLocalStorage are seen after fetches and reads, and only by their greenlet', async (site) => {
  const storage = new AsyncLocalStorage<string>();
  function* looks() {
    const seen = [storage.getStore()];
    const response = yield* fetch(site.url('/text'));
    seen.push(storage.getStore());
    yield* response.text();
    seen.push(storage.getStore());
    yield* Promise.all([fetch(site.url('/empty')), fetch(site.url('/empty'))]);
    seen.push(storage.getStore());
    const streamed = yield* fetch(site.url('/text'));
    yield* forEach(streamed.body as ReadableStream<Uint8Array>, () => seen.push(storage.getStore()));
    seen.push(storage.getStore());
    return [...new Set(seen)];
  }

  const jobs = [storage.run('a', () => spawn(looks)), storage.run('b', () => spawn(looks)), spawn(looks)];

  assert.equal(await Promise.all(jobs), [['a'], ['b'], [undefined]]);
});

test('outside greenlets fetch is Node’s own: its promise and its Response', async (site) => {
  const promise = fetch(site.url('/text'));
  assert.is((promise as unknown as Iterable<unknown>)[Symbol.iterator], undefined);
  assert.is(Object.hasOwn(promise, Symbol.iterator), false);

  const response = await promise;

  assert.is(Object.getPrototypeOf(response), Response.prototype);
  assert.is(response.constructor, Response);
  assert.instance(response.headers, Headers);
  assert.is(await response.text(), 'hello');
});

test('an async function that a greenlet waits for uses Node’s own fetch from its first await on', async (site) => {
  const job = spawn(async () => {
    await null;
    return await fetch(site.url('/text'));
  });

  const response = await job;

  assert.is(Object.getPrototypeOf(response), Response.prototype);
  await response.text();
});

all('outside greenlets a fetch of the program’s own is called as the program calls it', () => {
  const own = globalThis.fetch;
  const calls: [unknown, unknown[]][] = [];
  const answer = {};
  globalThis.fetch = function (this: unknown, ...args: unknown[]) {
    calls.push([this, args]);
    return answer;
  } as never;
  patchFetch();
  try {
    const patched = globalThis.fetch as unknown as (...args: unknown[]) => unknown;
    assert.is(patched.call('self'), answer);
    assert.is(patched.call('self', 'url', undefined, 'more'), answer);
    assert.equal(calls, [
      ['self', []],
      ['self', ['url', undefined, 'more']],
    ]);
  } finally {
    unpatchAll();
    globalThis.fetch = own;
  }
});

test('the patched fetch looks like the original', () => {
  const original = getOriginal<typeof fetch>('globalThis', 'fetch');

  assert.is.not(fetch, original);
  assert.is(typeof fetch, 'function');
  assert.equal([fetch.name, fetch.length], [original.name, original.length]);
  assert.is(inspect(fetch), inspect(original));
  const { value: _, ...flags } = Object.getOwnPropertyDescriptor(globalThis, 'fetch') as PropertyDescriptor;
  assert.equal(flags, { writable: true, enumerable: true, configurable: true });
  return Promise.resolve();
});

test('loading and patching do not change the global dispatcher', async (site) => {
  const before = undici.getGlobalDispatcher();

  await spawn(function* () {
    yield* (yield* fetch(site.url('/text'))).text();
  });

  assert.is(undici.getGlobalDispatcher(), before);
});

bare('a fetch begun before unpatchAll() continues, and its response can be read', async (site) => {
  patchAll();
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/text'));
    unpatchAll();
    return response;
  });

  try {
    assert.is(await (await gr).text(), 'hello');
  } finally {
    unpatchAll();
  }
});

all('a failing fetch without a waiter is an unhandled rejection, as in plain Node', async () => {
  const port = await deadPort();

  const { code, stderr } = await runProgram(`
    (await import('greenhub/monkey')).patchAll();
    const gr = spawn(function* () {
      fetch('http://127.0.0.1:${port}/');
      yield* sleep(100_000);
    });
    await gr;
  `);

  assert.is(code, 1);
  assert.match(stderr, 'TypeError: fetch failed');
  assert.match(stderr, 'ECONNREFUSED');
});

all('a failing reader without a waiter is an unhandled rejection, as in plain Node', async () => {
  const site = await Site.open();
  try {
    const { code, stderr } = await runProgram(`
      (await import('greenhub/monkey')).patchAll();
      await spawn(function* () {
        const response = yield* fetch('${site.url('/text')}');
        response.json();
        yield* sleep(100_000);
      });
    `);

    assert.is(code, 1);
    assert.match(stderr, 'SyntaxError');
  } finally {
    await site.close();
  }
});

all('a fetch that is over holds neither its response nor its text, whether its greenlet lives on or not', async () => {
  const site = await Site.open();
  try {
    const { stdout, stderr } = await runProgram(`
      (await import('greenhub/monkey')).patchAll();
      (await import('node:v8')).setFlagsFromString('--expose-gc');
      const gc = (await import('node:vm')).runInNewContext('gc');
      const refs = [];
      function* read() {
        for (let n = 0; n < 5; n += 1) yield* readOne();
      }
      function* readOne() {
        const response = yield* fetch('${site.url('/json')}');
        refs.push(new WeakRef(response));
        refs.push(new WeakRef(yield* response.json()));
      }
      const living = spawn(function* () {
        yield* read();
        yield* sleep(100_000);
      });
      await spawn(read);
      for (let n = 0; n < 2_000 && refs.some((ref) => ref.deref() !== undefined); n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        gc();
      }
      console.log(refs.filter((ref) => ref.deref() !== undefined).length, 'of', refs.length, 'are held');
      await living.kill();
      process.exit();
    `);

    assert.is(stdout, '0 of 20 are held\n', stderr);
  } finally {
    await site.close();
  }
});

all('a response that is dropped unread is let go of while its greenlet lives, and its connection with it', async () => {
  const site = await Site.open();
  try {
    const { stdout, stderr } = await runProgram(`
      (await import('greenhub/monkey')).patchAll();
      (await import('node:v8')).setFlagsFromString('--expose-gc');
      const gc = (await import('node:vm')).runInNewContext('gc');
      const refs = [];
      const living = spawn(function* () {
        for (let n = 0; n < 5; n += 1) yield* drop();
        yield* sleep(100_000);
      });
      function* drop() {
        refs.push(new WeakRef(yield* fetch('${site.url('/half')}')));
      }
      for (let n = 0; n < 2_000 && (refs.length < 5 || refs.some((ref) => ref.deref() !== undefined)); n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        gc();
      }
      console.log(refs.filter((ref) => ref.deref() !== undefined).length, 'of', refs.length, 'are held');
      await living.kill();
      process.exit();
    `);

    assert.is(stdout, '0 of 5 are held\n', stderr);
  } finally {
    await site.close();
  }
});

all.run();
