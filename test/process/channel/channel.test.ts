import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import * as assert from 'uvu/assert';
import { bellMemory, bellsOfChild, bellsOfParent } from '../../../lib/process/channel/bell.ts';
import type { Channel } from '../../../lib/process/channel/channel.ts';
import { frameOf } from '../../../lib/process/channel/frames.ts';
import { portChannel } from '../../../lib/process/channel/port-channel.ts';
import { streamChannel } from '../../../lib/process/channel/stream-channel.ts';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('channels');

async function sockets(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [there] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [here, there];
}

interface Kind {
  readonly name: string;
  /** The kind of resource that keeps the event loop alive. */
  readonly resource: string;
  pair(): Promise<[Channel, Channel]>;
}

const kinds: Kind[] = [
  {
    name: 'a port',
    resource: 'MessagePort',
    pair: async () => {
      const { port1, port2 } = new MessageChannel();
      const memory = bellMemory();
      return [portChannel(port1 as never, bellsOfParent(memory)), portChannel(port2 as never, bellsOfChild(memory))];
    },
  },
  {
    name: 'a stream',
    resource: 'TCPSocketWrap',
    pair: async () => {
      const [here, there] = await sockets();
      return [streamChannel(here), streamChannel(there)];
    },
  },
];

/** The next `count` messages. The channel keeps the event loop alive until they are here. */
function next(channel: Channel, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  channel.ref();
  return new Promise((settle) =>
    channel.onMessage((message) => {
      if (messages.push(message) === count) settle(messages);
    }),
  );
}

function closed(channel: Channel): Promise<void> {
  channel.ref();
  return new Promise((settle) => channel.onClose(settle));
}

for (const { name, resource, pair } of kinds) {
  test(`messages over ${name} arrive in order, in both directions, as they were when they were posted`, async () => {
    const [here, there] = await pair();
    const list: unknown[] = [1];
    here.post(list);
    list.push(2);
    here.post(list);
    there.post(new Map([['a', 1n]]));
    list.length = 0;

    assert.equal(await next(there, 2), [[1], [1, 2]]);
    assert.equal(await next(here, 1), [new Map([['a', 1n]])]);
    here.close();
  });

  test(`what arrives over ${name} is kept until there is a listener, and goes to the last one`, async () => {
    const [here, there] = await pair();
    here.post(1);
    const wrong: unknown[] = [];
    await next(there, 1);
    there.onMessage((message) => wrong.push(message));
    const second = next(there, 1);
    here.post(2);

    assert.equal(await second, [2]);
    assert.equal(wrong, []);
    here.close();
  });

  test(`what cannot be cloned is a DataCloneError of post() over ${name}, and is not sent`, async () => {
    const [here, there] = await pair();
    const error = thrownBy(() => here.post({ callback: () => 1 })) as Error;
    here.post('after');

    assert.is(error.name, 'DataCloneError');
    assert.equal(await next(there, 1), ['after']);
    here.close();
  });

  test(`close() of ${name} first sends what was posted, and closes both ends`, async () => {
    const [here, there] = await pair();
    const messages = next(there, 1_000);
    for (let i = 0; i < 1_000; i += 1) here.post(i);
    const ends = Promise.all([closed(here), closed(there)]);
    here.close();

    assert.is((await messages).length, 1_000);
    await ends;
    await closed(there);
  });

  test(`an error of a listener of ${name} is an uncaught one, and the next message arrives`, async () => {
    const [here, there] = await pair();
    const caught = once(process, 'uncaughtException');
    const second = new Promise((settle) =>
      there.onMessage((message) => {
        if (message === 1) throw new Error('of the listener');
        settle(message);
      }),
    );
    there.ref();
    here.post(1);
    here.post(2);

    assert.match(String((await caught)[0]), 'of the listener');
    assert.is(await second, 2);
    here.close();
  });

  test(`${name} keeps the event loop alive only after ref()`, async () => {
    const [here, there] = await pair();
    const count = () => process.getActiveResourcesInfo().filter((each) => each === resource).length;
    const before = count();
    here.onMessage(() => {});
    assert.is(count(), before);
    here.ref();
    assert.is(count(), before + 1);
    here.unref();
    assert.is(count(), before);
    const ends = closed(there);
    here.close();
    await ends;
  });
}

test('the messages of one turn are one write to a stream', async () => {
  const writes: Buffer[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      writes.push(chunk);
      done();
    },
  });
  const channel = streamChannel(stream);
  channel.post('a');
  channel.post('b');
  await null;
  await null;
  channel.post('c');
  await null;
  await null;

  assert.equal(
    writes.map(String),
    [[frameOf('a'), frameOf('b')], [frameOf('c')]].map((frames) => String(Buffer.concat(frames))),
  );
});

test('a message that is too long, and garbage, close a stream at the receiver', async () => {
  for (const bad of [
    frameOf('x'.repeat(200)),
    Buffer.from('GET / HTTP/1.0\r\n\r\n'),
    Buffer.from([2, 0, 0, 0, 7, 7]),
  ]) {
    const [here, there] = await sockets();
    const errors: unknown[] = [];
    const channel = streamChannel(there, { maxMessageBytes: 100, onGarbage: (error) => errors.push(error) });
    here.write(bad);

    await Promise.all([closed(channel), once(here, 'close')]);
    assert.is(errors.length, 1);
  }
});

test('the receiver of a stream sees its end when the other side is destroyed', async () => {
  const [here, there] = await sockets();
  const channel = streamChannel(there);
  here.destroy();

  await closed(channel);
  channel.post('into the void');
  channel.close();
});

test('what a process has sent before its end arrives, even if a message to it fails meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'channel-'));
  const mark = join(folder, 'closed');
  const frame = frameOf('the last words').toString('base64');
  const program = `const fs = require('fs'); fs.writeSync(3, Buffer.from('${frame}', 'base64')); fs.closeSync(3); fs.writeFileSync(${JSON.stringify(mark)}, '')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const channel = streamChannel(child.stdio[3] as Socket);
  const received: unknown[] = [];
  channel.onMessage((message) => received.push(message));
  // Nothing is read until the other end is closed.
  while (!existsSync(mark)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);

  channel.post('too late');
  await new Promise<void>((settle) => channel.onClose(settle));

  assert.equal(received, ['the last words']);
  rmSync(folder, { recursive: true });
});

test.run();
