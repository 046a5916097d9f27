import { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { kernel } from '../../lib/greenlet/kernel.ts';
import { Lock, Queue, sleep, spawn, withTimeout } from '../../lib/index.ts';
import type { Frame, GreenletPage, GreenletsPage } from '../../lib/inspect/console/protocol.ts';
import { listen } from '../../lib/inspect/console/server.ts';
import { serve } from '../../lib/inspect/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { runProgram } from '../support/child.ts';
import { type Answer, ask, firstOf, tokenOf, watch } from '../support/console.ts';
import { suite } from '../support/harness.ts';

const test = suite('serve()');

function* holdForever(lock: Lock) {
  using _ = yield* lock.hold();
  yield* sleep(600_000);
}

function* get(queue: Queue<number>) {
  return yield* queue.get();
}

test('gives the address of a page that brings everything with it', async () => {
  using server = await serve();
  const { status, headers, body } = await ask(server, '/');

  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/);
  assert.is(status, 200);
  assert.match(headers['content-type'] ?? '', 'text/html');
  assert.match(String(headers['content-security-policy']), "default-src 'none'");
  assert.not.match(body, /\b(?:src|href)="(?!data:|#)/);
});

test('a greenlet serves it too, and a cancelled serve() leaves nothing', async () => {
  const server = await spawn(function* () {
    return yield* serve({ token: 'known-to-the-test' });
  });
  assert.is(tokenOf(server.url), 'known-to-the-test');
  server.close();
  server.close();

  const late = await spawn(() => withTimeout(0, serve(), { timeoutValue: null }));
  late?.close();
});

test('a server that is cancelled when it is about to listen is closed', async () => {
  const { prototype } = Server;
  const { listen: begin } = prototype;
  const begun: Server[] = [];
  prototype.listen = function (this: Server, ...args: Parameters<typeof begin>) {
    begun.push(this);
    return begin.apply(this, args);
  } as typeof begin;
  const cancelled = new AbortController();
  void listen({ port: 0, host: '127.0.0.1', token: undefined }, cancelled.signal);
  prototype.listen = begin;
  cancelled.abort();
  for (let turns = 0; turns < 10; turns += 1) await turn();

  assert.equal(
    begun.map(({ listening }) => listening),
    [false],
  );
});

test('it is shown in one line, without the token', async () => {
  const server = await serve();
  const { host } = new URL(server.url);
  const shown = [inspect(server), `${server}`, JSON.parse(JSON.stringify(server))];
  server.close();

  assert.equal(shown, Array(3).fill(`ConsoleServer { listening at ${host} }`));
  assert.is(inspect(server), 'ConsoleServer { closed }');
});

test('without the token, every request is a 401', async () => {
  using server = await serve();
  for (const path of ['/', '/events', '/kill', '/measure', '/nothing', '//', '/%']) {
    for (const token of [null, '', 'x', `${tokenOf(server.url)}x`]) {
      assert.is((await ask(server, path, { token })).status, 401, `${path} with ${token}`);
    }
    assert.is((await ask(server, path, { token: null, method: 'POST' })).status, 401);
  }
});

test('requests for other hosts and of other origins are refused', async () => {
  using server = await serve();
  const { host, port } = new URL(server.url);
  const statusOf = async (headers: Record<string, string>): Promise<number | undefined> =>
    (await ask(server, '/', { headers })).status;

  for (const good of [host, `localhost:${port}`, 'localhost:1234', '127.0.0.1', `[::1]:${port}`]) {
    assert.is(await statusOf({ host: good }), 200, good);
    assert.is(await statusOf({ host: good, origin: `http://${good}` }), 200, good);
  }
  for (const bad of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '10.0.0.1']) {
    assert.is(await statusOf({ host: bad }), 403, bad);
  }
  for (const origin of [
    'null',
    'http://evil.example',
    'http://127.0.0.1:1',
    `https://${host}`,
    `http://localhost:${port}`,
  ]) {
    assert.is(await statusOf({ host, origin }), 403, origin);
  }
});

test('an open page gets totals and what it shows, each second', async () => {
  using server = await serve();
  const queue = new Queue<number>();
  const waiters = Array.from({ length: 250 }, () => spawn(get, queue));
  await waitAllBlocked();

  let first: Frame | null = null;
  let later: Frame | null = null;
  for await (const frame of watch(server, 'view=greenlets&from=50')) {
    first ??= frame;
    later = frame;
    // On a busy machine, the totals are not renewed each time.
    if (later.totals.at > first.totals.at) break;
  }
  const { totals, page } = first as Frame;

  assert.is(totals.hub.waiting >= 250, true);
  assert.is(totals.pid, process.pid);
  assert.is((later as Frame).totals.at > totals.at, true);
  const { count, rows, from } = page as GreenletsPage;
  assert.equal([count >= 251, rows.length, from], [true, 100, 50]);
  for (const waiter of waiters) waiter.kill();
});

test('an open page counts switches, although nothing watches them', async () => {
  using server = await serve();
  const busy = spawn(function* busy() {
    for (;;) yield* sleep(0);
  });

  const counts: number[] = [];
  for await (const { totals } of watch(server, 'view=overview')) {
    assert.is(kernel.observer, null);
    if (totals.switches > (counts.at(-1) ?? 0)) counts.push(totals.switches);
    if (counts.length === 2) break;
  }
  busy.kill();
});

test('greenlets can be filtered, sorted and grouped', async () => {
  using server = await serve();
  const [jobs, mails] = [new Queue<number>(), new Queue<number>()];
  // Numbers in their names would not sort by their value.
  [jobs.name, mails.name] = ['jobs', 'mails'];
  const started = [jobs, mails, jobs].map((queue) => spawn(get, queue));
  await waitAllBlocked();
  const ids = started.map(({ id }) => id);
  const shown = async (params: string): Promise<number[]> => {
    const { rows } = await firstOf(server, 'greenlets', params);
    return rows.map(({ id }) => id).filter((id) => ids.includes(id));
  };

  const [first, second, third] = ids as [number, number, number];
  assert.equal(await shown('order=down'), [third, second, first]);
  assert.equal(await shown('sort=wait'), [first, third, second]);
  assert.equal(await shown('sort=constructor'), [first, second, third]);
  assert.equal(await shown(`filter=${encodeURIComponent(mails.name)}`), [second]);
  assert.equal(await shown(`wait=${encodeURIComponent(`an item of ${jobs.name}`)}`), [first, third]);
  assert.equal(await shown('state=ready'), []);
  assert.equal(await shown('site=get'), ids);
  const { crowds } = await firstOf(server, 'crowds', 'by=wait');
  assert.equal(
    crowds.find(({ label }) => label === `an item of ${jobs.name}`),
    { label: `an item of ${jobs.name}`, count: 2 },
  );
  assert.is((await firstOf(server, 'crowds', 'by=site')).crowds.find(({ label }) => label === 'get')?.count, 3);
  for (const each of started) each.kill();
});

test('greenlets that wait for the same are one group, whoever holds it and however long they sleep', async () => {
  using server = await serve();
  const lock = new Lock();
  const started = [spawn(holdForever, lock), spawn(holdForever, lock), spawn(holdForever, lock)];
  started.push(spawn(sleep, 600_001));
  await waitAllBlocked();

  const { crowds } = await firstOf(server, 'crowds', 'by=wait');
  const countOf = (wanted: string): number | undefined => crowds.find(({ label }) => label === wanted)?.count;
  assert.equal([countOf(lock.name), countOf('sleep(…)')], [2, 2]);
  const { rows } = await firstOf(server, 'greenlets', `wait=${encodeURIComponent(lock.name)}`);
  assert.equal(
    rows.map(({ id }) => id),
    started.slice(1, 3).map(({ id }) => id),
  );
  for (const each of started) each.kill();
});

test('one greenlet is shown with its stack, and with who holds what it waits for', async () => {
  using server = await serve();
  const lock = new Lock();
  const holder = spawn(holdForever, lock);
  const waiter = spawn(holdForever, lock);
  await waitAllBlocked();

  const shown: GreenletPage = await firstOf(server, 'greenlet', `id=${waiter.id}`);
  assert.match(shown.info?.stack?.join('\n') ?? '', /^holdForever \(.*serve\.test\.ts/);
  assert.equal(shown.blockedBy.some, [{ id: holder.id, name: holder.name }]);
  assert.equal(
    shown.objects.map(({ id, holders, waiters }) => [id, holders.some[0]?.id, waiters.some[0]?.id]),
    [[lock.name, holder.id, waiter.id]],
  );
  assert.equal((await firstOf(server, 'greenlet', `id=${holder.id}`)).blocks.some, [
    { id: waiter.id, name: waiter.name },
  ]);
  assert.is((await firstOf(server, 'greenlet', 'id=987654321')).info, null);
  holder.kill();
  waiter.kill();
});

test('shows objects, the tree, and a deadlock', async () => {
  using server = await serve();
  const locks = [new Lock(), new Lock()] as const;
  function* both(first: Lock, second: Lock) {
    using _ = yield* first.hold();
    yield* sleep(0);
    using __ = yield* second.hold();
  }
  const parent = spawn(function* parent() {
    const children = [spawn(both, locks[0], locks[1]), spawn(both, locks[1], locks[0])];
    for (const child of children) yield* child.join();
  });
  await waitAllBlocked();

  const { objects } = await firstOf(server, 'objects', `filter=${encodeURIComponent(locks[0].name)}`);
  assert.equal(
    objects.map(({ id, holders, waiters }) => [id, holders.count, waiters.count]),
    [[locks[0].name, 1, 1]],
  );
  const { rows } = await firstOf(server, 'tree');
  const depths = new Map(rows.map(({ depth, info }) => [info.id, depth]));
  const children = rows.filter(({ info }) => info.spawnedBy === parent.id);
  assert.is(children.length, 2);
  for (const { depth } of children) assert.is(depth, (depths.get(parent.id) as number) + 1);
  const { warnings } = await firstOf(server, 'warnings');
  const deadlock = warnings.find(({ kind }) => kind === 'deadlock');
  assert.is(deadlock?.greenlets.count, 2);
  assert.is((await firstOf(server, 'overview')).warnings.length, warnings.length);
  for (const { info } of children) await ask(server, `/kill?id=${info.id}`, { method: 'POST' });
  await parent.join();
});

test('a POST kills a greenlet, and open pages see it gone', async () => {
  using server = await serve();
  let isCleanedUp = false;
  const victim = spawn(function* victim() {
    try {
      yield* sleep(600_000);
    } finally {
      isCleanedUp = true;
    }
  });
  await waitAllBlocked();
  const kill = (method: string): Promise<Answer> => ask(server, `/kill?id=${victim.id}`, { method });

  const refused = await kill('GET');
  assert.equal([refused.status, refused.headers.allow, victim.dead], [405, 'POST', false]);
  const seen: boolean[] = [];
  for await (const { page } of watch(server, `view=greenlet&id=${victim.id}`)) {
    if (seen.length === 0) assert.is((await kill('POST')).status, 202);
    if (page !== null) seen.push((page as GreenletPage).info !== null);
    if (seen.at(-1) === false) break;
  }

  assert.equal([isCleanedUp, victim.dead], [true, true]);
  assert.equal(seen[0], true);
  assert.is((await kill('POST')).status, 404);
});

test('main and raw greenlets cannot be killed', async () => {
  using server = await serve();
  assert.is((await ask(server, '/kill?id=0', { method: 'POST' })).status, 409);
  assert.is((await ask(server, '/kill?id=constructor', { method: 'POST' })).status, 404);
  assert.is((await ask(server, '/kill', { method: 'POST' })).status, 404);
});

test('close() ends open pages and frees the port', async () => {
  const server = await serve();
  const port = Number(new URL(server.url).port);
  let frames = 0;
  for await (const _ of watch(server, 'view=overview')) {
    frames += 1;
    server.close();
  }
  assert.is(frames, 1);

  using again = await serve({ port });
  assert.is(Number(new URL(again.url).port), port);
});

test('it keeps no program alive, not even while a page is open', async () => {
  const { code, stdout, stderr } = await runProgram(`
    import { get } from 'node:http';
    import { serve } from 'greenhub/inspect';
    const { url } = await serve();
    await new Promise((resolve) => {
      get(url.replace('/?', '/events?'), (response) => {
        response.once('data', resolve).on('error', () => {}).socket.unref();
      });
    });
    console.log('looked at');
  `);
  assert.equal({ code, stdout, stderr }, { code: 0, stdout: 'looked at\n', stderr: '' });
});

test('an error in a look is reported once, and does not end the program', async () => {
  const { code, stdout, stderr } = await runProgram(`
    import { get } from 'node:http';
    import { serve } from 'greenhub/inspect';
    const { url } = await serve();
    const unreadable = spawn(() => sleep(600_000));
    Object.defineProperty(unreadable, 'spawnSite', { get() { throw new Error('not for your eyes'); } });
    await sleep(0);
    for (let i = 0; i < 2; i += 1) {
      await new Promise((resolve) => get(url.replace('/?', '/events?view=greenlets&')).on('error', resolve));
    }
    console.log('goes on');
    process.exit();
  `);
  assert.is(code, 0);
  assert.is(stdout, 'goes on\n');
  assert.is(stderr.match(/greenhub cannot show what runs: Error: not for your eyes/g)?.length, 1, stderr);
});

test('objects whose class and name cannot be read are shown', async () => {
  const queue = new Queue<number>();
  const unreadable = {
    get(): never {
      throw new Error('not for your eyes');
    },
  };
  Object.defineProperties(queue, { constructor: unreadable, name: unreadable });
  const waiter = spawn(() => get(queue));
  await waitAllBlocked();
  using server = await serve();

  const { objects } = await firstOf(server, 'objects');
  assert.equal(
    objects.map(({ kind, waiters }) => [kind, waiters.count]),
    [['something unreadable', 1]],
  );
  waiter.kill();
});

test('reports a port that is in use', async () => {
  using server = await serve();
  let code: unknown;
  try {
    await serve({ port: Number(new URL(server.url).port) });
  } catch (error) {
    code = (error as NodeJS.ErrnoException).code;
  }
  assert.is(code, 'EADDRINUSE');
});

test('refuses wrong options at once', () => {
  const refused: [object, RegExp][] = [
    [{ port: -1 }, /whole number from 0 to 65535/],
    [{ port: '80' }, /must be a number, not/],
    [{ host: '0.0.0.0' }, /only on loopback/],
    [{ host: 'example.com' }, /only on loopback/],
    [{ token: 'short' }, /at least 16 characters/],
    [{ token: 'a token with spaces' }, /each a letter/],
    [{ hostname: 'localhost' }, /hostname/],
  ];
  for (const [options, message] of refused) assert.throws(() => serve(options), message);
});

test.run();
