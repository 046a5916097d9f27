import { PassThrough } from 'node:stream';
import * as assert from 'uvu/assert';
import { GreenletExit, type Operation, race, sleep, spawn, Timeout } from '../../lib/index.ts';
import { ConcurrentUseError, LimitExceededError, PrematureEndError, SocketClosedError } from '../../lib/net/index.ts';
import { readLine, readUntil, recv, recvExactly } from '../../lib/net/reading.ts';
import { type Transport, transportOf } from '../../lib/net/transport.ts';
import { assertNoLeaks, Random, waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { letTheHubGather } from '../support/gathering.ts';
import { suite } from '../support/harness.ts';
import { paired } from './pairs.ts';

const test = suite('reading from a socket');
const onPair = paired(test);

onPair('recv() takes the bytes that have arrived, up to its maximum', async (left, right) => {
  await left.sendall('hello');
  assert.is((await right.recv(2)).toString(), 'he');
  assert.is((await right.recv()).toString(), 'llo');
});

onPair('the end of the stream is an empty Buffer, again and again, after all that was sent', async (left, right) => {
  await left.sendall('last words');
  left.shutdown();
  assert.is((await right.recvExactly(10)).toString(), 'last words');
  assert.is((await right.recv()).length, 0);
  assert.is((await right.recv(1)).length, 0);
  assert.is(await right.readLine(), null);
});

// In either order, because the event loop may report either first.
for (const end of ['left', 'right']) {
  onPair(
    `under load, the reader of the ${end} end continues after the event loop has delivered all news`,
    async (left, right) => {
      const [read, heard] = end === 'left' ? [left, right] : [right, left];
      const order: string[] = [];
      const reader = spawn(function* () {
        yield* read.recv();
        order.push('greenlet');
      });
      heard.stream.on('data', () => order.push('listener'));
      await waitAllBlocked();
      await letTheHubGather();

      left.stream.write('data');
      right.stream.write('data');
      await reader;

      assert.equal(order, ['listener', 'greenlet']);
    },
  );
}

onPair('recvExactly() waits until all is there', async (left, right) => {
  const reader = spawn(() => right.recvExactly(6));
  await left.sendall('abc');
  await waitAllBlocked();
  assert.is(reader.ready(), false);
  await left.sendall('defg');
  assert.is((await reader).toString(), 'abcdef');
  assert.is((await right.recv()).toString(), 'g');
  assert.is((await right.recvExactly(0)).length, 0);
});

onPair(
  'if a stream ends before recvExactly() has its bytes, the error contains those that arrived',
  async (left, right) => {
    await left.sendall('abc');
    left.shutdown();
    const error = (await failureOf(right.recvExactly(4))) as PrematureEndError;
    assert.instance(error, PrematureEndError);
    assert.is(error.partial.toString(), 'abc');
    assert.is((await right.recv()).length, 0);
  },
);

onPair('readUntil() includes the delimiter, and leaves the following bytes', async (left, right) => {
  await left.sendall('head\r\n\r\nbody');
  assert.is((await right.readUntil('\r\n\r\n')).toString(), 'head\r\n\r\n');
  assert.is((await right.recv()).toString(), 'body');
});

onPair('a drip of bytes makes up a delimiter', async (left, right) => {
  left.stream.setNoDelay(true);
  const reader = spawn(() => right.readUntil(Buffer.from('\r\n\r\n'), { limit: 20 }));
  for (const byte of 'GET /\r\nx: y\r\n\r\n') {
    await left.sendall(byte);
    await waitAllBlocked();
  }
  assert.is((await reader).toString(), 'GET /\r\nx: y\r\n\r\n');
});

onPair('beyond the limit readUntil() and readLine() throw and nothing is lost', async (left, right) => {
  await left.sendall('0123456789\n');
  const error = (await failureOf(right.readUntil('\n', { limit: 10 }))) as LimitExceededError;
  assert.instance(error, LimitExceededError);
  assert.is(error.limit, 10);
  assert.instance(await failureOf(right.readLine({ limit: 10 })), LimitExceededError);
  assert.is(await right.readLine({ limit: 11 }), '0123456789');
});

onPair('a drip without a delimiter ends at the limit', async (left, right) => {
  const reader = spawn(() => right.readUntil('\n', { limit: 8 }));
  const sender = spawn(function* () {
    for (;;) {
      yield* left.sendall('x');
      yield* waitAllBlocked();
    }
  });
  assert.instance(await failureOf(reader), LimitExceededError);
  await sender.kill();
  assert.is((await right.recvExactly(8)).toString(), 'xxxxxxxx');
});

onPair('if a stream ends before the delimiter, the error contains the bytes that arrived', async (left, right) => {
  await left.sendall('no end');
  left.shutdown();
  const error = (await failureOf(right.readUntil('\n'))) as PrematureEndError;
  assert.is(error.partial.toString(), 'no end');
});

onPair('readLine() gives lines without their ends, the last one too, and then null', async (left, right) => {
  await left.sendall('one\r\n\ntwo\nthré');
  left.shutdown();
  assert.is(await right.readLine(), 'one');
  assert.is(await right.readLine(), '');
  assert.is(await right.readLine({ encoding: 'latin1' }), 'two');
  assert.is(await right.readLine(), 'thré');
  assert.is(await right.readLine(), null);
});

onPair('a second reader is refused, and the first continues', async (left, right) => {
  const first = spawn(() => right.readLine());
  await waitAllBlocked();
  const error = await failureOf(right.recv());
  assert.instance(error, ConcurrentUseError);
  assert.match((error as Error).message, /is already reading Socket#\d+ \(a line from Socket#\d+\)/);
  await left.sendall('line\n');
  assert.is(await first, 'line');
});

onPair('a reader whose peer never answers gets a Timeout', async (_, right) => {
  const error = await failureOf(right.recv(1, { timeout: 10 }));
  assert.instance(error, Timeout);
  assert.match((error as Error).message, /data from Socket#\d+ did not arrive within 10 ms/);
  assert.instance(await failureOf(right.recv(1, { timeout: 0 })), Timeout);
});

onPair('a reader that timed out has taken nothing', async (left, right) => {
  await left.sendall('abc');
  assert.instance(await failureOf(right.recvExactly(4, { timeout: 10 })), Timeout);
  assert.instance(await failureOf(right.readLine({ timeout: 10 })), Timeout);
  assert.is((await right.recv()).toString(), 'abc');
});

onPair('a killed reader has taken nothing and leaves no trace', async (left, right) => {
  await assertNoLeaks(function* () {
    const reader = spawn(() => right.recvExactly(4, { timeout: 60_000 }));
    yield* left.sendall('abc');
    yield* waitAllBlocked();
    yield* reader.kill();
    assert.instance(reader.exception, GreenletExit);
  });
  await left.sendall('d');
  assert.is((await right.recvExactly(4)).toString(), 'abcd');
});

onPair('a read that loses a race has taken nothing', async (left, right) => {
  const racer = spawn(() => race([right.readLine(), sleep(5)]));
  await left.sendall('half a li');
  assert.is(await racer, undefined);
  await left.sendall('ne\n');
  assert.is(await right.readLine(), 'half a line');
});

onPair('an operation may be waited for again', async (left, right) => {
  const line = right.readLine();
  await left.sendall('one\ntwo\n');
  assert.equal([await line, await line], ['one', 'two']);
});

onPair('closing the socket wakes its reader with an error', async (_, right) => {
  const reader = spawn(() => right.recv());
  await waitAllBlocked();
  right.close();
  const error = await failureOf(reader);
  assert.instance(error, SocketClosedError);
  assert.match((error as Error).message, /Socket#\d+ was closed/);
  assert.instance(await failureOf(right.recv()), SocketClosedError);
  assert.instance(await failureOf(right.sendall('x')), SocketClosedError);
});

onPair(
  'a reset during a read is thrown at the reader, with its stack, and earlier data can still be read',
  async (left, right) => {
    await left.sendall('abc');
    const reader = spawn(function* readsOn() {
      return yield* right.recvExactly(10);
    });
    await waitAllBlocked();
    while (right.stream.bytesRead < 3) await waitAllBlocked();
    left.stream.resetAndDestroy();
    const error = (await failureOf(reader)) as NodeJS.ErrnoException;
    assert.is(error.code, 'ECONNRESET');
    assert.match(error.stack ?? '', /readsOn/);
    assert.is((await right.recv()).toString(), 'abc');
    assert.is(await failureOf(right.recv()), error);
    assert.is(await failureOf(right.sendall('x')), error);
  },
);

onPair('back-pressure stops a peer that is not read, and all of its data can be read later', async (left, right) => {
  const data = Buffer.alloc(32 * 1024 * 1024, 'data');
  const sender = spawn(() => left.sendall(data));
  // Until the kernel takes no more.
  for (let before = -1; before !== left.stream.bytesWritten; await waitAllBlocked()) before = left.stream.bytesWritten;
  await waitAllBlocked();
  assert.is(sender.ready(), false);
  assert.ok(right.stream.bytesRead < 1024 * 1024, `${right.stream.bytesRead} bytes were read ahead`);
  assert.ok(left.stream.writableLength <= 256 * 1024, `${left.stream.writableLength} bytes are in the stream`);
  assert.ok((await right.recvExactly(data.length)).equals(data));
  await sender;
});

onPair('invalid arguments are refused at once', (_, right) => {
  assert.instance(
    thrownBy(() => right.recv(0)),
    RangeError,
  );
  assert.instance(
    thrownBy(() => right.recvExactly(-1)),
    RangeError,
  );
  assert.instance(
    thrownBy(() => right.recvExactly(Infinity)),
    RangeError,
  );
  assert.instance(
    thrownBy(() => right.readUntil('')),
    RangeError,
  );
  assert.instance(
    thrownBy(() => right.readLine({ limit: Number.NaN })),
    RangeError,
  );
  for (const encoding of ['bogus', 'utf16le', 'ucs-2'] as BufferEncoding[]) {
    assert.instance(
      thrownBy(() => right.readLine({ encoding })),
      TypeError,
    );
  }
  assert.instance(
    thrownBy(() => right.sendall(5 as unknown as string)),
    TypeError,
  );
});

/** A read, and the part of the remaining text that it should give. */
interface Planned {
  read(transport: Transport): Operation<unknown>;
  length: number;
  expected: string;
}

/** A random read that the remaining text can satisfy. */
function planned(random: Random, left: string): Planned {
  const line = left.indexOf('\n') + 1;
  const delimiter = '\r\n';
  const until = left.indexOf(delimiter) + delimiter.length;
  const count = random.int(1, Math.min(left.length, 9));
  const kind = random.int(0, 2);
  if (kind === 0 && line > 0) {
    return { read: readLine, length: line, expected: left.slice(0, line).replace(/\r?\n$/, '') };
  }
  if (kind === 1 && until >= delimiter.length) {
    return { read: (it) => readUntil(it, delimiter), length: until, expected: left.slice(0, until) };
  }
  return { read: (it) => recvExactly(it, count), length: count, expected: left.slice(0, count) };
}

test('reads give the same result for any chunks, whether a reader is already waiting or not', async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  for (let round = 0; round < 300; round += 1) {
    const text = Array.from({ length: random.int(1, 60) }, () => random.pick(['a', 'bc', '\n', '\r\n', '\r'])).join('');
    const stream = new PassThrough();
    const transport = transportOf(stream);
    const reader = spawn(function* () {
      for (let at = 0; at < text.length; ) {
        const { read, length, expected } = planned(random, text.slice(at));
        assert.is(String(yield* read(transport)), expected, `seed ${seed}, round ${round}, byte ${at}`);
        at += length;
        if (random.chance(0.3)) yield* waitAllBlocked();
      }
      assert.is((yield* recv(transport)).length, 0);
    });
    for (let at = 0; at < text.length; ) {
      const size = random.int(1, 12);
      stream.write(text.slice(at, at + size));
      at += size;
      if (random.chance(0.5)) await waitAllBlocked();
    }
    stream.end();
    await reader;
  }
});

test('an empty chunk does not pass for the end of the stream', async () => {
  const stream = new PassThrough();
  const reader = spawn(() => recv(transportOf(stream)));
  await waitAllBlocked();

  stream.emit('data', Buffer.alloc(0));
  await waitAllBlocked();
  assert.is(reader.ready(), false);

  stream.end('data');
  assert.is(String(await reader), 'data');
});

test.run();
