import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import * as assert from 'uvu/assert';
import {
  AsyncResult,
  Event,
  GreenletExit,
  getcurrent,
  race,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import { ConcurrentUseError, PrematureEndError, SocketClosedError } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { cert, key } from '../net/certificate.ts';
import { deadPort } from '../support/dead-port.ts';
import { failureOf } from '../support/failure.ts';
import { type Context, suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';
import { reportsMade } from '../support/reports.ts';

const all = suite('patched sockets');
const test = patching(all);

const HOST = '127.0.0.1';

function portOf(server: net.Server): number {
  return (server.address() as AddressInfo).port;
}

/** Runs a test in a greenlet with a listening server. Nothing of it may be left at the end. */
function serving(
  name: string,
  make: () => net.Server,
  body: (port: number, server: net.Server, context: Context) => Generator,
): void {
  test(name, async (context) => {
    const server = make();
    const streams = new Set<net.Socket>();
    server.prependListener('connection', (stream: net.Socket) => {
      streams.add(stream.once('close', () => streams.delete(stream)));
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    try {
      await spawn(() => body(portOf(server), server, context));
    } finally {
      const gone = once(server, 'close');
      server.close();
      for (const stream of streams) stream.destroy();
      await gone;
      await turn();
    }
  });
}

/** A socket is not an operation that could be passed on: only a `yield*` waits for it. */
function* waiting<S extends net.Socket | net.Server>(begin: () => S) {
  yield* begin();
}

function* shout(socket: net.Socket) {
  for (let line = yield* socket.readLine(); line !== null; line = yield* socket.readLine()) {
    yield* socket.sendall(`${line.toUpperCase()}\n`);
  }
}

serving(
  'net.connect() waits for the connection and gives the socket',
  () => net.createServer(shout),
  function* (port) {
    const socket = yield* net.connect(port, HOST);
    assert.instance(socket, net.Socket);
    assert.is(socket.readyState, 'open');
    yield* socket.sendall('hello\nworld\n');
    assert.is(yield* socket.readLine(), 'HELLO');
    assert.is(String(yield* socket.recvExactly(2)), 'WO');
    assert.is(String(yield* socket.readUntil('\n')), 'RLD\n');
    socket.shutdown();
    assert.is((yield* socket.recv()).length, 0);
  },
);

for (const method of ['on', 'once'] as const) {
  const seen = new AsyncResult<unknown[]>();
  serving(
    `a generator listener that ${method}() has added has its server as \`this\``,
    () => net.createServer(),
    function* (port, server) {
      function* listener(this: unknown) {
        seen.set([this, getcurrent().name.replace(/\d+/, 'n')]);
      }
      server[method]('connection', listener as never);
      assert.equal(server.listeners('connection').slice(-1), [listener]);
      yield* net.connect(port, HOST);
      const [self, name] = yield* seen.get();
      assert.is(self, server);
      assert.is(name, 'listener-n');
    },
  );
}

serving(
  'net.createConnection() and new Socket().connect() do, too; a connected one is given at once',
  () => net.createServer(shout),
  function* (port) {
    for (const begin of [
      () => net.createConnection({ port, host: HOST }),
      () => new net.Socket().connect(port, HOST),
    ]) {
      const socket = yield* begin();
      assert.is(yield* socket, socket);
      yield* socket.sendall('a\n');
      assert.is(yield* socket.readLine(), 'A');
      socket.destroy();
    }
  },
);

test('an address that refuses is an error of the greenlet, with its stack', async () => {
  const port = await deadPort();
  const error = (await failureOf(
    spawn(function* asks() {
      yield* net.connect(port, HOST);
    }),
  )) as NodeJS.ErrnoException;
  assert.is(error.code, 'ECONNREFUSED');
  assert.match(error.stack ?? '', /asks/);
});

test('an unknown host name is thrown too, and a socket whose connect() was not called', async () => {
  const lookup: net.LookupFunction = (name, _options, callback) => {
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '', 4);
  };
  const error = (await failureOf(
    spawn(waiting, () => net.connect({ port: 1, host: 'nowhere.test', lookup })),
  )) as NodeJS.ErrnoException;
  assert.is(error.code, 'ENOTFOUND');
  const idle = await failureOf(spawn(waiting, () => new net.Socket()));
  assert.match((idle as Error).message, /connect\(\) was not called/);
});

serving(
  'a greenlet that is killed or times out leaves no half-open connection',
  () => net.createServer(),
  function* (port) {
    // Node looks up the address first, so the connection does not exist yet.
    const opened: net.Socket[] = [];
    const connecting = function* () {
      const lookup: net.LookupFunction = () => {};
      const socket = net.connect({ port, host: 'slow.test', lookup });
      opened.push(socket);
      yield* socket;
    };
    const gr = spawn(connecting);
    yield* sleep(0);
    yield* gr.kill();
    assert.instance(yield* failureOf(withTimeout(0, connecting)), Timeout);
    assert.equal(
      opened.map(({ destroyed }) => destroyed),
      [true, true],
    );
  },
);

serving(
  'two greenlets that read one socket: the second gets a clear error',
  () => net.createServer(),
  function* (port) {
    const socket = yield* net.connect(port, HOST);
    const first = spawn(() => failureOf(socket.recv()));
    yield* sleep(0);
    const error = yield* failureOf(socket.readLine());
    assert.instance(error, ConcurrentUseError);
    socket.destroy();
    assert.instance(yield* first, SocketClosedError);
  },
);

serving(
  'destroying a socket wakes its senders',
  () => net.createServer(),
  function* (port) {
    const socket = yield* net.connect(port, HOST);
    const sender = spawn(() => failureOf(socket.sendall(Buffer.alloc(64 * 1024 * 1024))));
    yield* waitAllBlocked();
    socket.destroy();
    assert.instance(yield* sender, SocketClosedError);
  },
);

serving(
  'the error of a premature end contains the bytes that arrived',
  () => net.createServer((socket) => socket.end('abc')),
  function* (port) {
    const socket = yield* net.connect(port, HOST);
    const error = (yield* failureOf(socket.recvExactly(5))) as PrematureEndError;
    assert.instance(error, PrematureEndError);
    assert.is(String(error.partial), 'abc');
  },
);

serving(
  'the operations can be awaited outside greenlets',
  () => net.createServer(shout),
  function* (port) {
    const outside = async (): Promise<void> => {
      // An async function called by a greenlet begins in that greenlet.
      await turn();
      const socket = net.connect(port, HOST);
      assert.is(Reflect.get(socket, Symbol.iterator), undefined);
      await once(socket, 'connect');
      await socket.sendall('hello\n');
      assert.is(await socket.readLine({ timeout: 60_000 }), 'HELLO');
      socket.destroy();
    };
    yield* outside();
  },
);

serving(
  'accept() takes connections in order, including earlier ones',
  () => net.createServer(),
  function* (_port) {
    const server = yield* net.createServer().listen(0, HOST);
    const left = yield* net.connect(portOf(server), HOST);
    const right = yield* net.connect(portOf(server), HOST);
    const first = yield* server.accept();
    const second = yield* server.accept({ timeout: 60_000 });
    assert.is(first.remotePort, left.localPort);
    assert.is(second.remotePort, right.localPort);
    assert.instance(yield* failureOf(server.accept({ timeout: 0 })), Timeout);

    const acceptors = [spawn(() => failureOf(server.accept())), spawn(() => failureOf(server.accept()))];
    yield* sleep(0);
    server.close();
    for (const acceptor of acceptors) assert.instance(yield* acceptor, SocketClosedError);
    assert.instance(yield* failureOf(server.accept()), SocketClosedError);
    for (const socket of [left, right, first, second]) socket.destroy();
  },
);

serving(
  'a cancelled accept() has taken nothing, and waiters are served in the order they came',
  () => net.createServer(),
  function* (_port) {
    const server = yield* net.createServer().listen(0, HOST);
    const order: string[] = [];
    const waits = (name: string) =>
      spawn(function* () {
        const socket = yield* server.accept();
        order.push(name);
        return socket;
      });
    const [killed, first, second] = [waits('killed'), waits('first'), waits('second')];
    yield* sleep(0);
    killed.kill();
    const clients = [yield* net.connect(portOf(server), HOST), yield* net.connect(portOf(server), HOST)];
    const accepted = [yield* first, yield* second];
    assert.equal(order, ['first', 'second']);
    assert.equal(
      accepted.map((socket) => socket.remotePort),
      clients.map((socket) => socket.localPort),
    );
    server.close();
    for (const socket of [...clients, ...accepted]) socket.destroy();
  },
);

serving(
  'a server with unaccepted connections ends when it is closed, even after unpatchAll()',
  () => net.createServer(),
  function* (_port) {
    const server = yield* net.createServer().listen(0, HOST);
    const client = yield* net.connect(portOf(server), HOST);
    const accepted = yield* server.accept();
    const unaccepted = yield* net.connect(portOf(server), HOST);
    const ended = new AsyncResult<void>();
    unpatchAll();
    try {
      server.close(() => ended.set());
      for (const socket of [client, accepted]) socket.destroy();
      yield* ended.get({ timeout: 60_000 });
    } finally {
      patchAll();
      unaccepted.destroy();
    }
  },
);

serving(
  'a server keeps 511 unaccepted connections, and closes further ones',
  () => net.createServer(),
  function* (_port) {
    const server = yield* net.createServer().listen({ port: 0, host: HOST, backlog: 1_024 });
    const clients: net.Socket[] = [];
    for (let made = 0; made < 511; made += 1) clients.push(yield* net.connect(portOf(server), HOST));
    const surplus = yield* net.connect(portOf(server), HOST);
    assert.is((yield* surplus.recv(1, { timeout: 60_000 })).length, 0);
    for (const client of clients) assert.is((yield* server.accept()).remotePort, client.localPort);
    assert.instance(yield* failureOf(server.accept({ timeout: 0 })), Timeout);
    server.close();
    for (const socket of [...clients, surplus]) socket.destroy();
  },
);

serving(
  'a server that cannot listen is an error of the greenlet',
  () => net.createServer(),
  function* (port) {
    const error = (yield* failureOf(
      spawn(waiting, () => net.createServer().listen(port, HOST)),
    )) as NodeJS.ErrnoException;
    assert.is(error.code, 'EADDRINUSE');
  },
);

/** Reports when and how a handler has ended. */
class Handled {
  readonly begun = new Event();
  readonly ended = new Event();
  cause: unknown = null;

  *watch(body: () => Generator): Generator {
    this.begun.set();
    try {
      yield* body();
    } catch (error) {
      this.cause = error;
      throw error;
    } finally {
      this.ended.set();
    }
  }
}

{
  let handled = new Handled();
  serving(
    'a handler whose connection is reset is killed',
    () =>
      net.createServer(function* () {
        yield* handled.watch(() => sleep(1_000_000)[Symbol.iterator]() as Generator);
      }),
    function* (port) {
      handled = new Handled();
      const socket = yield* net.connect(port, HOST);
      yield* handled.begun.wait();
      socket.resetAndDestroy();
      yield* handled.ended.wait();
      assert.instance(handled.cause, GreenletExit);
    },
  );
}

serving(
  'the connection is closed when its handler has ended, with all that was sent',
  () =>
    net.createServer(function* (socket) {
      socket.write('native ');
      yield* socket.sendall('and not');
      socket.write('!');
    }),
  function* (port) {
    const socket = yield* net.connect(port, HOST);
    assert.is(String(yield* socket.readUntil('!')), 'native and not!');
    assert.is((yield* socket.recv()).length, 0);
  },
);

serving(
  'but not while something else reads it',
  () =>
    net.createServer(function* (socket) {
      yield* socket.sendall(`hello ${yield* socket.readLine()}\n`);
      socket.pipe(socket);
    }),
  function* (port) {
    const socket = yield* net.connect(port, HOST);
    yield* socket.sendall('you\nand the rest\n');
    assert.is(yield* socket.readLine(), 'hello you');
    assert.is(yield* socket.readLine(), 'and the rest');
    yield* socket.sendall('again\n');
    assert.is(yield* socket.readLine(), 'again');
    socket.destroy();
  },
);

serving(
  'the error of a handler closes its connection, and is reported once',
  () =>
    net.createServer(function* (socket) {
      yield* socket.readLine();
      throw new Error('handler failed');
    }),
  function* (port, _server, context) {
    const socket = yield* net.connect(port, HOST);
    yield* socket.sendall('x\n');
    assert.is((yield* socket.recv()).length, 0);
    yield* until(reportsMade());
    const reported = context.reported.splice(0);
    assert.equal(
      reported.map(({ error }) => (error as Error).message),
      ['handler failed'],
    );
  },
);

serving(
  'a generator listener can be removed, is listed as itself, and once() has it spawned once',
  () => net.createServer(),
  function* (port, server) {
    let served = 0;
    function* greet(socket: net.Socket) {
      served += 1;
      yield* socket.sendall('hi\n');
    }
    server.on('connection', greet);
    assert.ok(server.listeners('connection').includes(greet));
    server.off('connection', greet);
    assert.not.ok(server.listeners('connection').includes(greet));

    server.once('connection', greet);
    const first = yield* net.connect(port, HOST);
    assert.is(yield* first.readLine(), 'hi');
    const second = yield* net.connect(port, HOST);
    assert.instance(yield* failureOf(second.readLine({ timeout: 20 })), Timeout);
    assert.is(served, 1);
    second.destroy();
  },
);

serving(
  'the loser of a race between two reads has taken nothing',
  () => net.createServer(shout),
  function* (port) {
    const [left, right] = [yield* net.connect(port, HOST), yield* net.connect(port, HOST)];
    yield* left.sendall('x\n');
    assert.is(yield* race([left.readLine(), right.readLine()]), 'X');
    yield* right.sendall('y\n');
    assert.is(yield* right.readLine(), 'Y');
    left.destroy();
    right.destroy();
  },
);

serving(
  'tls.connect() waits for the handshake, and raises an error of the certificate',
  () => tls.createServer({ cert, key }, shout),
  function* (port) {
    const socket = yield* tls.connect({ port, host: HOST, ca: cert, servername: 'greenhub.test' });
    assert.is(socket.authorized, true);
    yield* socket.sendall('hello\n');
    assert.is(yield* socket.readLine(), 'HELLO');
    socket.destroy();
    const error = (yield* failureOf(
      spawn(waiting, () => tls.connect({ port, host: HOST, ca: cert, servername: 'other.test' })),
    )) as NodeJS.ErrnoException;
    assert.is(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  },
);

serving(
  'accept() of a TLS server gives connections after their handshake',
  () => net.createServer(),
  function* () {
    const server = yield* tls.createServer({ cert, key }).listen(0, HOST);
    const client = yield* tls.connect({ port: portOf(server), host: HOST, ca: cert, servername: 'greenhub.test' });
    const socket = (yield* server.accept()) as tls.TLSSocket;
    yield* socket.sendall('secret\n');
    assert.is(yield* client.readLine(), 'secret');
    client.destroy();
    socket.destroy();
    server.close();
  },
);

serving(
  'a server that could not listen can listen elsewhere',
  () => net.createServer(),
  function* (port) {
    const server = net.createServer();
    const taken = yield* failureOf(spawn(waiting, () => server.listen(port, HOST)));
    assert.is((taken as NodeJS.ErrnoException).code, 'EADDRINUSE');
    yield* server.listen(0, HOST);
    yield* sleep(20);
    assert.is(server.listening, true);
    server.close();
  },
);

serving(
  'a connected socket that has ended its side is given as well',
  () => net.createServer(shout),
  function* (port) {
    const socket = net.connect(port, HOST);
    socket.end('hello\n');
    yield* once(socket, 'finish');
    yield* socket;
    assert.is(yield* socket.readLine(), 'HELLO');
  },
);

serving(
  'a handler can pipe a client that has sent and ended its side before',
  () =>
    net.createServer({ allowHalfOpen: true }, function* (socket) {
      while (socket.readableLength === 0) yield* sleep(1);
      yield* sleep(20);
      socket.pipe(socket);
    }),
  function* (port) {
    const socket = net.connect({ port, host: HOST, allowHalfOpen: true });
    socket.end('there and back\n');
    assert.is(yield* (yield* socket).readLine(), 'there and back');
  },
);

all.run();
