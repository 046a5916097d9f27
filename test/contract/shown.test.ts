/**
 * Every object of the library shows its name and state in one line. An exported class, or a function that returns
 * operations, fails if it has no row here; those of greenhub/process are in shown-process.test.ts.
 */
import { execFile } from 'node:child_process';
import { inspect, promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { functions } from '../../lib/eslint/vocabulary.ts';
import * as lib from '../../lib/index.ts';
import { serve } from '../../lib/inspect/index.ts';
import * as net from '../../lib/net/index.ts';
import * as testing from '../../lib/testing/index.ts';
import * as web from '../../lib/web/index.ts';
import { root, typescriptFlags } from '../../scripts/typescript-node.js';
import { suite } from '../support/harness.ts';
import { queueKinds } from '../support/kinds.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';
import { plain, type Row, shownClassesOf, shownOf } from './shown.ts';

const {
  AsyncResult,
  Barrier,
  BoundedSemaphore,
  Channel,
  Condition,
  Event,
  Greenlet,
  Group,
  Local,
  Lock,
  Pool,
  Queue,
  RateLimiter,
  RawGreenlet,
  RLock,
  Semaphore,
  Timeout,
  getcurrent,
  getHub,
  sleep,
  spawn,
} = lib;
type Coroutine<T> = lib.Coroutine<T>;

const test = suite('what is shown');

/** Objects of each class in all of their states. Run in a greenlet, on virtual time. */
const classes: Record<string, () => Coroutine<readonly Row[]>> = {
  ...Object.fromEntries(queueKinds.map((Kind) => [Kind.name, () => empty(Kind)])),
  *Greenlet() {
    const queue = named(new Queue<number>(), 'inbox');
    const later = lib.spawnLater(50, load, queue);
    const parked = spawn(load, queue);
    const killed = spawn(load, queue);
    const failed = spawn(function* fail() {
      yield* sleep(0);
      throw new TypeError('disk\nfull');
    });
    const returned = spawn(() => ({ rows: 1 }));
    const text = spawn(() => 'x'.repeat(10_000_000));
    const stubborn = spawn(function* clean() {
      yield* lib.shield(sleep(10));
    });
    yield* failed.join();
    yield* sleep(1);
    killed.kill();
    stubborn.kill();
    const ready = spawn(load, queue);
    const reasoned = spawn(load, queue);
    reasoned.kill({ reason: new Error('shutting down') });
    yield* reasoned.join();
    const rows: Row[] = [
      [new Greenlet(load, queue), 'Greenlet#N "load" { not started }'],
      [later, 'Greenlet#N "load" { starts later }'],
      [ready, 'Greenlet#N "load" { ready to run }'],
      [getcurrent(), 'Greenlet#N "showing" { running }'],
      [parked, 'Greenlet#N "load" { waiting for an item of inbox }'],
      [stubborn, 'Greenlet#N "clean" { killed, and waiting for sleep(10) }'],
      [killed, 'Greenlet#N "load" { killed, and ready to run }'],
      [reasoned, 'Greenlet#N "load" { killed with Error: shutting down }'],
      [failed, 'Greenlet#N "fail" { failed with TypeError: disk full }'],
      [returned, 'Greenlet#N "anonymous" { returned Object }'],
      [text, `Greenlet#N "anonymous" { returned "${'x'.repeat(60)}…" }`],
    ];
    const lines = rows.map(([, line]) => line);
    assert.equal(
      rows.map(([object]) => plain(String(object))),
      lines,
    );
    yield* lib.killall([later, parked, ready, stubborn]);
    yield* killed.join();
    return [[parked, 'Greenlet#N "load" { killed with GreenletExit: killed by showing }'], ...rows.slice(7)];
  },
  *RawGreenlet() {
    const started = lib.greenlet(function* first() {
      yield* getcurrent().parent!.switch();
    });
    const ended = lib.greenlet(() => 1);
    yield* started.switch();
    yield* ended.switch();
    return [
      [new RawGreenlet(load), 'RawGreenlet "load" { not started }'],
      [started, 'RawGreenlet "first" { waiting for a switch back to it }'],
      [ended, 'RawGreenlet "(anonymous)" { ended }'],
      [started.parent!.parent!, 'RawGreenlet "main" { lets greenlets run }'],
    ];
  },
  *Event() {
    const set = new Event();
    set.set();
    return [
      [new Event(), 'Event#N { not set }'],
      [yield* waitedFor(new Event(), (event) => event.wait()), 'Event#N { not set, 1 waiting }'],
      [set, 'Event#N { set }'],
    ];
  },
  *AsyncResult() {
    const [set, failed] = [new AsyncResult(), new AsyncResult()];
    set.set([1, 2, 3]);
    failed.setException(new Error('no'));
    const [map, bytes] = [new AsyncResult(), new AsyncResult()];
    map.set(new Map([['a secret', 1]]));
    bytes.set(new Uint8Array(8));
    return [
      [yield* waitedFor(new AsyncResult(), (result) => result.get(), 2), 'AsyncResult#N { not set, 2 waiting }'],
      [set, 'AsyncResult#N { set to Array(3) }'],
      [map, 'AsyncResult#N { set to Map(1) }'],
      [bytes, 'AsyncResult#N { set to Uint8Array(8) }'],
      [failed, 'AsyncResult#N { failed with Error: no }'],
    ];
  },
  *Queue() {
    const [bounded, closed, full] = [new Queue<string>(10), new Queue<number>(), new Queue<number>(1)];
    bounded.putNowait('a secret');
    bounded.putNowait('another');
    closed.shutdown();
    full.putNowait(1);
    return [
      [new Queue(), 'Queue#N { size 0 }'],
      [named(new Queue(), 'frontier'), 'Queue "frontier" { size 0 }'],
      [bounded, 'Queue#N { size 2 of 10 }'],
      [closed, 'Queue#N { size 0, shut down }'],
      [yield* waitedFor(new Queue(), (queue) => queue.get(), 4), 'Queue#N { size 0, 4 waiting to get }'],
      [yield* waitedFor(full, (queue) => queue.put(2)), 'Queue#N { size 1 of 1, 1 waiting to put }'],
    ];
  },
  *Channel() {
    const closed = new Channel();
    closed.shutdown();
    return [
      [new Channel(), 'Channel#N { nobody waiting }'],
      [closed, 'Channel#N { nobody waiting, shut down }'],
      [yield* waitedFor(new Channel(), (channel) => channel.put(1)), 'Channel#N { 1 waiting to put }'],
      [yield* waitedFor(new Channel(), (channel) => channel.peek()), 'Channel#N { 1 waiting to peek }'],
    ];
  },
  *Lock() {
    const [held, wanted, orphaned] = [new Lock(), new Lock(), named(new Lock(), 'orphan')];
    yield* held.acquire();
    yield* wanted.acquire();
    const holder = spawn(() => orphaned.acquire());
    holder.name = 'holder';
    yield* holder;
    return [
      [new Lock(), 'Lock#N { free }'],
      [held, 'Lock#N { held by showing }'],
      [yield* waitedFor(wanted, (lock) => lock.acquire(), 3), 'Lock#N { held by showing, 3 waiting }'],
      [orphaned, 'Lock "orphan" { held by holder, which is dead }'],
    ];
  },
  *RLock() {
    const lock = new RLock();
    yield* lock.acquire();
    yield* lock.acquire();
    return [[lock, 'RLock#N { held 2 times by showing }']];
  },
  *Semaphore() {
    const none = new Semaphore(0);
    return [
      [new Semaphore(3), 'Semaphore#N { 3 free }'],
      [yield* waitedFor(none, (semaphore) => semaphore.acquire()), 'Semaphore#N { 0 free, 1 waiting }'],
    ];
  },
  *BoundedSemaphore() {
    const semaphore = new BoundedSemaphore(4);
    yield* semaphore.acquire();
    return [[semaphore, 'BoundedSemaphore#N { 3 of 4 free }']];
  },
  *RateLimiter() {
    const used = new RateLimiter({ limit: 1, interval: 1_000 });
    yield* used.take();
    return [
      [new RateLimiter({ limit: 2 }), 'RateLimiter#N { 2 in 1000 ms, ready }'],
      [yield* waitedFor(used, (limiter) => limiter.take()), 'RateLimiter#N { 1 in 1000 ms, none left now, 1 waiting }'],
    ];
  },
  *Condition() {
    const condition = new Condition(named(new Lock(), 'guard'));
    return [[condition, 'Condition#N { of guard }']];
  },
  *Barrier() {
    const broken = new Barrier(2);
    broken.abort();
    return [
      [new Barrier(3), 'Barrier#N { 0 of 3 waiting }'],
      [broken, 'Barrier#N { broken }'],
    ];
  },
  *Local() {
    const [none, some] = [new Local(), new Local<{ user: string; id: number }>()];
    some.user = 'a secret';
    some.id = 1;
    return [
      [none, 'Local { showing has set nothing }'],
      [some, 'Local { showing has set user, id }'],
    ];
  },
  *Group() {
    const group = new Group();
    group.spawn(() => sleep(5));
    return [
      [new Group(), 'Group#N { no members }'],
      [group, 'Group#N { 1 member }'],
    ];
  },
  *Pool() {
    const pool = new Pool(2);
    pool.spawn(() => sleep(5));
    return [
      [new Pool(), 'Pool#N { no members }'],
      [pool, 'Pool#N { 1 member, 1 of 2 slots free }'],
    ];
  },
  *Nursery() {
    let kept: object = {};
    yield* lib.nursery(function* (nursery) {
      nursery.spawn(() => sleep(5));
      kept = nursery;
      assert.is(plain(String(nursery)), 'Nursery#N { opened by showing, 1 child }');
    });
    return [[kept, 'Nursery#N { opened by showing, no children, ended }']];
  },
  *Iteration() {
    return [
      [lib.iwait([new Event(), new Event()]), 'Iteration { iwait() of 2 }'],
      [named(new Pool(2), 'pool').imap(() => 1, [1]), 'Iteration { imap() in pool }'],
      [new lib.Iteration(() => new Queue<IteratorResult<number, undefined>>().get()), 'Iteration'],
    ];
  },
  *Timeout() {
    const pending = Timeout.startNew(50);
    const [line, printed] = [String(pending), inspect(pending)];
    pending.close();
    assert.is(line, 'Timeout: timed out after 50 ms (pending in greenlet showing)');
    assert.is(printed, line);
    const fired = Timeout.startNew(1);
    try {
      yield* sleep(10);
    } catch {
      // This is the object that is tested below.
    }
    return [
      [new Timeout(50), 'Timeout of 50 ms { not started }'],
      [pending, 'Timeout of 50 ms { stopped }'],
      [fired, 'Timeout: timed out after 1 ms'],
    ];
  },
  *Hub() {
    const before = String(getHub());
    assert.match(before, /^Hub { \d+ greenlets? alive, 0 ready, (no|\d+) timers? }$/);
    return [[getHub(), before]];
  },
  *Switch() {
    const there = lib.greenlet(function* there() {});
    const made = there.switch();
    yield* made;
    return [[made, 'Switch { goes to greenlet there }']];
  },
  *VirtualClock() {
    const clock = new testing.VirtualClock({ start: 5 });
    return [[clock, 'VirtualClock { at 5 ms, not installed }']];
  },
  *Random() {
    return [[new testing.Random(7), 'Random { in state 7 }']];
  },
  *Socket() {
    const [near, far] = yield* net.socketPair();
    far.close();
    const open = String(near);
    near.close();
    assert.match(open, /^Socket#\d+ { open, to 127\.0\.0\.1:\d+ }$/);
    return [[near, plain(String(near))]];
  },
  *DatagramSocket() {
    const socket = yield* net.bindDatagram(0, '127.0.0.1');
    const open = String(socket);
    socket.close();
    assert.match(open, /^DatagramSocket#\d+ { at 127\.0\.0\.1:\d+ }$/);
    return [[socket, 'DatagramSocket#N { closed }']];
  },
  *ListeningSocket() {
    const listener = yield* net.listen(0, '127.0.0.1');
    const open = String(listener);
    listener.close();
    assert.match(open, /^ListeningSocket#\d+ { listens at 127\.0\.0\.1:\d+ }$/);
    return [[listener, 'ListeningSocket#N { closed }']];
  },
  *StreamServer() {
    const [unstarted, server] = [1, 2].map(() => new net.StreamServer({ port: 0, host: '127.0.0.1' }, () => {}));
    yield* server!.start();
    const listening = String(server);
    yield* server!.stop();
    assert.match(listening, /^StreamServer#\d+ { listens at 127\.0\.0\.1:\d+ }$/);
    return [
      [unstarted!, 'StreamServer#N { not started }'],
      [server!, 'StreamServer#N { stopped }'],
    ];
  },
  *DatagramServer() {
    const server = new net.DatagramServer({ port: 0, host: '127.0.0.1' }, () => {});
    yield* server.start();
    const listening = String(server);
    yield* server.stop();
    assert.match(listening, /^DatagramServer#\d+ { listens at 127\.0\.0\.1:\d+ }$/);
    return [[server, 'DatagramServer#N { stopped }']];
  },
  *HttpServer() {
    return yield* ofRequest((seen) => [seen.server, 'HttpServer#N { stopped }']);
  },
  *HttpServerRequest() {
    return yield* ofRequest((seen) => [seen.request, 'HttpServerRequest { GET /page }']);
  },
  *Port() {
    const { port1 } = new MessageChannel();
    const [open, closed] = [web.openPort(port1), web.openPort(new MessageChannel().port1)];
    closed.close();
    // The row is over when the waiters are killed. An open port would keep the process alive.
    waiters.spawn(function* () {
      try {
        yield* new Event().wait();
      } finally {
        open.close();
      }
    });
    yield* testing.waitAllBlocked();
    return [
      [open, 'Port#N { open }'],
      [closed, 'Port#N { closed }'],
    ];
  },
  *WebSocketConnection() {
    // The states with a real connection: web/web-socket.test.ts.
    const socket = new web.WebSocketConnection(new EventTarget() as never, 1);
    return [[socket, 'WebSocketConnection#N { open }']];
  },
  *HttpServerResponse() {
    return yield* ofRequest((seen) => [seen.response, 'HttpServerResponse { 200, sent }']);
  },
  *HttpResponse() {
    return yield* ofRequest((seen) => [seen.answer, 'HttpResponse { 200 OK, read }']);
  },
  *HttpBody() {
    return yield* ofRequest((seen) => [seen.answer.body, `HttpBody { the body of ${seen.origin}/page, read }`]);
  },
};

/** An operation of each function that returns operations. */
const operations: Record<string, () => [operation: object, line: string]> = {
  sleep: () => [sleep(5), 'Operation { waits for sleep(5) }'],
  idle: () => [lib.idle(), 'Operation { waits for idle() }'],
  joinall: () => [lib.joinall([]), 'Operation { waits for 0 of 0 to be ready () }'],
  killall: () => [lib.killall([]), 'Operation { runs killall() }'],
  wait: () => [lib.wait(), 'Operation { waits for the hub to be idle }'],
  until: () => [lib.until(Promise.resolve()), 'Operation { waits for a promise }'],
  action: () => [lib.action(function ask() {}), 'Operation { waits for action(ask) }'],
  withTimeout: () => [lib.withTimeout(5, body), 'Operation { runs withTimeout(5, body) }'],
  shield: () => [lib.shield(sleep(1)), 'Operation { runs shield(sleep(1)) }'],
  withContext: () => [lib.withContext({ run: (_, fn) => fn() }, 1, body), 'Operation { runs withContext() }'],
  call: () => [lib.call(load, new Queue<number>()), 'Operation { calls load }'],
  forEach: () => [lib.forEach([], load), 'Operation { runs forEach() }'],
  nursery: () => [lib.nursery(body), 'Operation { runs nursery() }'],
  all: () => [lib.all([sleep(1)]), 'Operation { runs all() }'],
  allSettled: () => [lib.allSettled([sleep(1)]), 'Operation { runs allSettled() }'],
  any: () => [lib.any([sleep(1)]), 'Operation { runs any() }'],
  race: () => [lib.race([sleep(1)]), 'Operation { runs race() }'],
  select: () => [lib.select({ late: sleep(1) }), 'Operation { runs select() }'],
  retry: () => [lib.retry(body), 'Operation { runs retry() }'],
  connect: () => [net.connect(80, '127.0.0.1'), 'Operation { waits for a connection to 127.0.0.1:80 }'],
  connectTls: () => [
    net.connectTls({ host: '127.0.0.1', port: 443 }),
    'Operation { waits for a connection to 127.0.0.1:443 }',
  ],
  serve: () => [serve(), 'Operation { runs serve() }'],
  listen: () => [net.listen(80, '127.0.0.1'), 'Operation { waits for a socket to listen at 127.0.0.1:80 }'],
  socketPair: () => [net.socketPair(), 'Operation { waits for a pair of sockets }'],
  bindDatagram: () => [net.bindDatagram(53), 'Operation { waits for a datagram socket at *:53 }'],
  connectDatagram: () => [net.connectDatagram(53), 'Operation { waits for a datagram socket to this host:53 }'],
  request: () => [net.request('http://x/y?secret'), 'Operation { waits for an answer to a request to http://x/y }'],
  once: () => [web.once(new EventTarget(), 'news'), 'Operation { waits for the event news }'],
  animationFrame: () => [web.animationFrame(), 'Operation { waits for an animation frame }'],
  connectWebSocket: () => [web.connectWebSocket('ws://x/?secret'), 'Operation { runs connectWebSocket() }'],
  assertNoLeaks: () => [testing.assertNoLeaks(body), 'Operation { runs assertNoLeaks() }'],
  assertNoSwitch: () => [testing.assertNoSwitch(body), 'Operation { runs assertNoSwitch() }'],
  assertSwitches: () => [testing.assertSwitches(body), 'Operation { runs assertSwitches() }'],
  waitAllBlocked: () => [testing.waitAllBlocked(), 'Operation { waits for idle() }'],
};

function* empty(Kind: (typeof queueKinds)[number]): Coroutine<Row[]> {
  return [
    [new Kind(), `${Kind.name}#N { size 0 }`],
    [new Kind(3), `${Kind.name}#N { size 0 of 3 }`],
  ];
}

function* load(queue: lib.Queue<number>): Coroutine<number> {
  return yield* queue.get();
}

function* body(): Coroutine<void> {}

function named<T extends { name: string }>(object: T, name: string): T {
  object.name = name;
  return object;
}

/** Makes greenlets wait at an object until the end of the row. */
function* waitedFor<T extends object>(object: T, wait: (object: T) => lib.Operation<unknown>, count = 1): Coroutine<T> {
  for (let i = 0; i < count; i += 1) waiters.spawn(() => wait(object));
  yield* testing.waitAllBlocked();
  return object;
}

const waiters = new Group();

interface Seen {
  server: net.HttpServer;
  origin: string;
  request: object;
  response: object;
  answer: net.HttpResponse;
}

function* ofRequest(row: (seen: Seen) => Row): Coroutine<Row[]> {
  let exchanged: Pick<Seen, 'request' | 'response'> = { request: {}, response: {} };
  const server = new net.HttpServer({ port: 0, host: '127.0.0.1' }, (request, response) => {
    exchanged = { request, response };
  });
  yield* server.start();
  const origin = `http://127.0.0.1:${server.port}`;
  const answer = yield* net.request(`${origin}/page?token=secret`);
  yield* answer.body.text();
  yield* server.stop();
  return [row({ server, origin, ...exchanged, answer })];
}

for (const [name, make] of Object.entries(classes)) {
  test(`a ${name} shows its name and state in one line`, () =>
    onVirtualTime(async () => {
      const showing = spawn(function* () {
        for (const [object, line] of yield* make()) {
          // A thrown object is shown with its stack, like any error.
          const isThrown = line.startsWith('Timeout: ');
          const shown = isThrown ? shownOf(object).map((text) => /Timeout: .*/.exec(text)?.[0] ?? '') : shownOf(object);
          for (const text of shown) assert.is(plain(text), plain(line));
        }
        yield* waiters.kill();
      });
      showing.name = 'showing';
      await showing;
      await sleep(1_000);
    }));
}

test('every exported class has a row or is an error', () => {
  const exported = shownClassesOf({ ...lib, ...net, ...testing, ...web });

  assert.equal(
    exported.filter((name) => !(name in classes)),
    [],
  );
});

for (const [name, make] of Object.entries(operations)) {
  test(`the operation of ${name}() shows what it does when it runs`, () => {
    const [operation, line] = make();
    for (const text of shownOf(operation)) assert.is(text, line);
  });
}

test('every function that returns an operation has a row', () => {
  assert.equal(
    [...functions.keys()].filter((name) => !name.startsWith('process.') && !(name in operations)),
    [],
  );
});

test('an operation that is being waited for shows its waiter', async () => {
  const operation = new Event().wait();
  const waiter = spawn(() => operation);
  waiter.name = 'waiter';
  await sleep(0);

  assert.match(String(operation), /^Operation { waiter waits for Event#\d+ to be set }$/);
  waiter.kill();
});

test('sleep(0) and a switch of main show what they do', () => {
  const there = lib.greenlet((value: number) => value + 1);

  assert.is(String(sleep(0)), 'Operation { waits for sleep(0) }');
  assert.is(String(there.switch(1)), 'Switch { main has switched, and got 2 }');
});

test('a switch that a greenlet makes shows where it goes, also after main has made the same', async () => {
  const there = lib.greenlet(function* there() {
    for (;;) yield* getcurrent().parent!.switch();
  });
  there.switch();
  let line = '';

  await spawn(function* () {
    there.parent = getcurrent();
    const made = there.switch();
    line = String(made);
    yield* made;
    yield* there.throw();
  });

  assert.is(line, 'Switch { goes to greenlet there }');
});

test('a greenlet that waits for several others names them', () =>
  onVirtualTime(async () => {
    const pool = named(new Pool(2), 'pool');
    const rows: [wait: () => lib.Operation<unknown>, text: string][] = [
      [() => lib.iwait([new Event()]).next(), 'waiting for the next of several to be ready'],
      [() => lib.race([() => lib.shield(sleep(50)), () => sleep(1)]), 'waiting for the losers of race of 2 to end'],
      [() => pool.map(load, [new Queue<number>()]), 'waiting for a result of load mapped in pool (1 at work)'],
    ];
    const greenlets = rows.map(([wait]) => spawn(wait));
    await sleep(10);

    for (const [index, [, text]] of rows.entries()) {
      assert.is(plain(String(greenlets[index])), `Greenlet#N "anonymous" { ${text} }`);
    }
    await lib.killall(greenlets);
  }));

test('a line stays one line of bounded length, whatever names and values are', async () => {
  const hostile: unknown[] = [
    'x'.repeat(10_000_000),
    'a\nb\r\u2028c\u0000',
    10n ** 100_000n,
    Symbol('s'.repeat(1_000)),
    new Array(1_000_000).fill('x'),
    Buffer.alloc(10_000_000),
    new Error('m'.repeat(1_000_000)),
    Object.assign(new Error('x'), { name: 'n\n'.repeat(1_000) }),
    function long() {},
    new Proxy({}, { get: () => fail(), getPrototypeOf: () => fail(), has: () => fail() }),
    Object.defineProperty({}, 'constructor', { get: () => fail() }),
    Object.defineProperty(new Error('x'), 'message', { get: () => fail() }),
    { [inspect.custom]: () => fail(), toString: () => fail(), toJSON: () => fail() },
    Object.create(null),
    undefined,
    null,
  ];
  for (const value of hostile) {
    const result = new AsyncResult<unknown>();
    result.set(value);
    const greenlet = spawn(function* () {
      return value;
    });
    await greenlet.join();
    if (typeof value === 'string') greenlet.name = value;
    for (const text of [...shownOf(result), ...shownOf(greenlet)]) {
      assert.ok(text.length <= 310, text);
      assert.not.match(text, /[\n\r\u2028\0]/);
    }
  }
});

function fail(): never {
  throw new Error('code of the program ran');
}

test('an object whose name is not a string can be shown', () => {
  const queue = new Queue();
  queue.name = { toString: fail } as never;

  assert.is(inspect(queue), 'Queue { cannot be shown: Error: code of the program ran }');
});

test('only the first thousand waiters are counted', async () => {
  const event = new Event();
  const many = Array.from({ length: 1_001 }, () => spawn(() => event.wait()));
  await sleep(0);

  assert.match(String(event), /^Event#\d+ { not set, over 1,000 waiting }$/);
  event.set();
  await lib.joinall(many);
});

test('printing objects changes nothing', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>(1);
    const order: string[] = [];
    const getters = ['a', 'b'].map((name) =>
      spawn(function* () {
        yield* queue.get();
        order.push(name);
      }),
    );
    await sleep(0);
    const numberBefore = Number(new Event().name.split('#')[1]);

    for (const object of [queue, queue.get(), queue.put(1), getHub(), ...getters]) shownOf(object);
    queue.putNowait(1);
    queue.putNowait(2);
    await lib.joinall(getters);

    assert.equal(order, ['a', 'b']);
    assert.is(Number(new Event().name.split('#')[1]), numberBefore + 1);
  }));

test('a browser gets a formatter for its console', async () => {
  const program = `
    delete globalThis.process;
    const { Queue } = await import('./lib/index.ts');
    const [formatter] = globalThis.devtoolsFormatters;
    const queue = new Queue(3);
    const others = [{}, null, undefined, 5].map((value) => formatter.header(value));
    console.log(JSON.stringify([formatter.header(queue), formatter.header(queue, { raw: true }), ...others]));`;
  const flags = [...typescriptFlags(), '--input-type=module', '--eval', program];

  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root });

  assert.equal(JSON.parse(stdout), [['span', {}, 'Queue#1 { size 0 of 3 }'], null, null, null, null, null]);
});

test('in Node nothing is added to the globals', () => {
  assert.not.ok('devtoolsFormatters' in globalThis);
});

test.run();
