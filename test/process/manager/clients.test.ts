import { connect, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import type { Coroutine } from '../../../lib/greenlet/operation.ts';
import { spawn, until } from '../../../lib/index.ts';
import { checkedKey, introduce } from '../../../lib/process/channel/handshake.ts';
import { streamChannel } from '../../../lib/process/channel/stream-channel.ts';
import { type ManagedOptions, Manager, type ManagerOptions } from '../../../lib/process/index.ts';
import { suite } from '../../support/harness.ts';
import { Client } from './client.ts';
import { failureOf } from './managed.ts';

const test = suite('process/manager/clients');

const authkey = 'the key of these tests';
const places: [place: string, options: ManagerOptions][] = [
  ['a private socket', { authkey }],
  ['a port', { authkey, address: { port: 0 } }],
];

type ClientTest = (manager: Manager, client: Client) => Coroutine<void>;

/** Runs a test with a server and a program of its own that is connected to it. */
function onClient(name: string, options: ManagerOptions, body: ClientTest): void {
  test(name, async () => {
    const manager = await Manager.start(options);
    const client = new Client();
    try {
      await client.get('connect', { address: manager.address, authkey });
      await spawn(body, manager, client);
    } finally {
      await client.end();
      await manager.shutdown();
    }
  });
}

const named = (name: string): ManagedOptions => ({ name });

for (const [place, options] of places) {
  onClient(`another program uses the objects of a Manager at ${place}`, options, function* (manager, client) {
    const dict = manager.dict<string, number>({ a: 1 }, named('counts'));
    yield* dict.size();
    yield* until(client.get('make', 'dict', undefined, named('counts')));

    assert.is(yield* until(client.get('call', 'counts', 'increment', 'a')), 2);
    assert.is(yield* dict.get('a'), 2);
  });

  onClient(`its children use them too, at ${place}`, options, function* (manager, client) {
    yield* until(client.get('make', 'dict', undefined, named('counts')));
    yield* until(client.get('callInChild', 'counts', 'increment', 'a'));

    assert.is(yield* manager.dict(undefined, named('counts')).get('a'), 1);
  });

  onClient(
    `a child with a connection of its own ends without that of its parent, at ${place}`,
    options,
    function* (manager, client) {
      const queue = manager.queue<string>(undefined, named('queue'));
      yield* until(client.get('make', 'queue', undefined, named('queue')));
      yield* until(client.get('make', 'value', 1, named('count')));
      const getting = client.ask('call', 'queue', 'get');
      const connection = { address: manager.address, authkey };

      assert.is(yield* until(client.get('incrementInChild', connection, 'count')), 2);

      assert.is(yield* until(client.get('call', 'count', 'increment')), 3);
      yield* queue.put('item');
      assert.is(yield* until(getting), 'item');
    },
  );

  onClient(`what a client at ${place} held comes back when it is killed`, options, function* (manager, client) {
    const lock = manager.lock(named('lock'));
    const queue = manager.queue<string>(undefined, named('queue'));
    yield* until(client.get('make', 'lock', named('lock')));
    yield* until(client.get('make', 'queue', undefined, named('queue')));
    assert.is(yield* until(client.get('call', 'lock', 'acquire')), true);
    const waiter = spawn(function* () {
      using _ = yield* lock.hold();
      return lock.abandoned;
    });
    const getting = client.ask('call', 'queue', 'get');
    yield* lock.locked();

    yield* until(client.end());
    yield* queue.put('item');

    assert.is(yield* waiter, true);
    assert.is(yield* queue.get(), 'item');
    void getting;
  });

  onClient(`what a client at ${place} held comes back when it leaves`, options, function* (manager, client) {
    const lock = manager.lock(named('lock'));
    yield* until(client.get('make', 'lock', named('lock')));
    yield* until(client.get('call', 'lock', 'acquire'));

    yield* until(client.get('leave'));
    yield* lock.acquire();

    assert.is(lock.abandoned, true);
    lock.release();
  });

  onClient(`a client at ${place} that left can come back`, options, function* (manager, client) {
    yield* until(client.get('make', 'value', 1, named('count')));
    yield* until(client.get('leave'));
    const { name } = (yield* until(client.ask('call', 'count', 'get'))) as Error;
    yield* until(client.get('connect', { address: manager.address, authkey }));

    assert.is(name, 'ConnectionLostError');
    assert.is(yield* until(client.get('call', 'count', 'increment')), 2);
    assert.is(yield* until(client.get('callInChild', 'count', 'increment')), 3);
  });

  onClient(
    `the end of the server is a ConnectionLostError for clients at ${place}`,
    options,
    function* (manager, client) {
      yield* until(client.get('make', 'queue', undefined, named('queue')));
      const getting = client.ask('call', 'queue', 'get');
      const inChild = client.ask('callInChild', 'queue', 'get');
      yield* until(client.get('call', 'queue', 'qsize'));

      yield* manager.shutdown();

      assert.is(((yield* until(getting)) as Error).name, 'ConnectionLostError');
      assert.is(((yield* until(inChild)) as Error).name, 'ConnectionLostError');
      assert.is(((yield* until(client.ask('call', 'queue', 'qsize'))) as Error).name, 'ConnectionLostError');
    },
  );

  test(`a client with a wrong key gets an AuthenticationError at ${place}, and others are served on`, async () => {
    const manager = await Manager.start(options);
    const value = manager.value(1);
    const client = new Client();
    const wrong = await client.ask('connect', { address: manager.address, authkey: 'wrong' });
    await client.end();

    assert.is((wrong as Error).name, 'AuthenticationError');
    assert.is(await value.increment(), 2);
    await manager.shutdown();
  });

  test(`a client that sends 100 MB before its proof is dropped at ${place}, and others are served on`, async () => {
    const manager = await Manager.start(options);
    const value = manager.value(1);
    await value.get();
    const socket = connectTo(manager);
    socket.write(Buffer.alloc(100 * 1024 * 1024, 'a'));
    await closed(socket);

    assert.is(await value.increment(), 2);
    await manager.shutdown();
  });
}

test('a program without the key of another one cannot connect to its Manager', async () => {
  const manager = await Manager.start();
  const client = new Client();
  const wrong = await client.ask('connect', { address: manager.address });
  await client.end();
  await manager.shutdown();

  assert.is((wrong as Error).name, 'AuthenticationError');
});

const limit = { authkey, maxMessageBytes: 10_000 };

onClient('a message over the limit is a RangeError at a client that sends it', limit, function* (manager, client) {
  yield* until(client.get('make', 'dict', undefined, named('long')));

  for (const command of ['setLong', 'setLongInChild']) {
    const error = (yield* until(client.ask(command, 'long', 'key', 10_000))) as Error;
    assert.is(error.name, 'RangeError');
    assert.match(error.message, 'maxMessageBytes is 10000');
  }
  assert.is(yield* until(client.get('call', 'long', 'size')), 0);
  assert.is(yield* manager.dict(undefined, named('long')).size(), 0);
});

// There is no limit between threads, so this process can give the server what its clients cannot get.
const inThread: ManagerOptions = { ...limit, kind: 'thread' };

onClient('an answer over the limit is a RangeError at the client that asks', inThread, function* (manager, client) {
  const dict = manager.dict(undefined, named('long'));
  const queue = manager.queue<string>(undefined, named('queue'));
  yield* dict.set('key', 'x'.repeat(10_000));
  yield* queue.put('x'.repeat(10_000));
  yield* until(client.get('make', 'dict', undefined, named('long')));
  yield* until(client.get('make', 'queue', undefined, named('queue')));

  for (const command of ['call', 'callInChild']) {
    assert.is(((yield* until(client.ask(command, 'long', 'get', 'key'))) as Error).name, 'RangeError');
    assert.is(((yield* until(client.ask(command, 'queue', 'get'))) as Error).name, 'RangeError');
  }
  assert.is(yield* until(client.get('call', 'long', 'size')), 1);
  assert.is((yield* queue.get()).length, 10_000);
});

/** A client that does not keep to the rules, but knows the key. */
function* rogue(manager: Manager): Coroutine<Socket> {
  const socket = connectTo(manager);
  yield* introduce(socket, checkedKey(authkey));
  return socket;
}

for (const [what, bytes] of [
  ['longer than the limit', Buffer.from([0, 0, 0, 255])],
  ['garbage', Buffer.from([4, 0, 0, 0, 1, 2, 3, 4])],
] as const) {
  test(`a client whose message is ${what} is dropped, and others are served on`, async () => {
    const manager = await Manager.start({ authkey });
    const value = manager.value(1);
    const socket = await spawn(rogue, manager);
    socket.resume().write(bytes);
    await closed(socket);

    assert.is(await value.increment(), 2);
    await manager.shutdown();
  });
}

for (const [what, messages] of [
  ['no id', [5]],
  ['no message of ours', [{ id: 'rogue' }, 5]],
  ['an unknown kind of message', [{ id: 'rogue' }, ['SERVER', 'rogue', 1_000]]],
] as const) {
  test(`a client that sends ${what} is dropped, and others are served on`, async () => {
    const manager = await Manager.start({ authkey });
    const value = manager.value(1);
    const socket = await spawn(rogue, manager);
    const channel = streamChannel(socket);
    const welcome = await new Promise<{ id: string }>((settle) => {
      channel.onMessage((message) => settle(message as { id: string }));
      channel.ref();
      socket.resume();
    });
    for (const message of messages) {
      channel.post(Array.isArray(message) ? [welcome.id, ...message.slice(1)] : message);
    }
    await closed(socket);

    assert.is(await value.increment(), 2);
    await manager.shutdown();
  });
}

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const otherUser = 'a client of another user cannot reach a private socket, even with the key';

if (isRoot) {
  test(otherUser, async () => {
    const manager = await Manager.start({ authkey });
    const client = new Client();
    assert.is(await client.ask('become', NOBODY), undefined);
    const error = await client.ask('connect', { address: manager.address, authkey });
    await client.end();

    assert.is((error as NodeJS.ErrnoException).code, 'EACCES');
    assert.is(await manager.value(1).increment(), 2);
    await manager.shutdown();
  });
} else test.skip(`${otherUser} (only root can try that)`);

test('an address where nobody listens is the error of the system', async () => {
  const error = await spawn(function* () {
    return yield* failureOf(Manager.connect({ address: '/nonexistent/manager', authkey }));
  });

  assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
});

function connectTo({ address }: Manager): Socket {
  const socket = typeof address === 'string' ? connect(address) : connect(address);
  return socket.on('error', () => {});
}

function closed(socket: Socket): Promise<void> {
  return new Promise((settle) => socket.once('close', () => settle()).resume());
}

test.run();
