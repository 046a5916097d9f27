import { PassThrough } from 'node:stream';
import * as assert from 'uvu/assert';
import { recv } from '../../lib/net/reading.ts';
import { transportOf } from '../../lib/net/transport.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('net/transport');

test('a stream has one transport, which listens to nothing until it is used', () => {
  const stream = new PassThrough();
  const listeners = stream.eventNames();

  assert.is(transportOf(stream), transportOf(stream));

  assert.equal(stream.eventNames(), listeners);
});

test('close() drops unread data, and later reads and writes say why', async () => {
  const stream = new PassThrough();
  const transport = transportOf(stream);
  stream.write('read ahead');
  await recv(transport, 4);

  transport.close('was closed by the test');

  assert.is(transport.reads.buffer.length, 0);
  assert.match(String(thrownBy(() => transport.checkOpen())), 'was closed by the test');
  assert.match(String(thrownBy(() => transport.checkWritable())), 'was closed by the test');
  assert.is(transport.lost, false);
});

test('a connection that breaks by itself is lost, and its error is kept', async () => {
  const stream = new PassThrough();
  const transport = transportOf(stream);
  transport.watch();
  const broken = new Error('broken');

  stream.destroy(broken);
  await new Promise((resolve) => stream.on('close', resolve));

  assert.is(transport.lost, true);
  assert.is(
    thrownBy(() => transport.checkAlive()),
    broken,
  );
});

test.run();
