import * as assert from 'uvu/assert';
import { LOOKS, Silence } from '../../../lib/tasks/bullmq/silence.ts';
import { suite } from '../../support/harness.ts';

const test = suite('tasks/bullmq/silence');

/** A connection with this many unanswered commands, which has read nothing yet. */
function connection(owed: number) {
  const ended: string[] = [];
  const stream = { bytesRead: 0, destroy: (error: Error) => ended.push(error.message) };
  return { commandQueue: { length: owed }, stream, ended };
}

function looks(silence: Silence, count: number): void {
  for (let n = 0; n < count; n += 1) silence.look();
}

test('it ends a silent connection once', () => {
  const silent = connection(1);
  const silence = new Silence(silent);
  looks(silence, LOOKS);
  assert.equal(silent.ended, []);
  silence.look();
  assert.equal(silent.ended, ['Socket timeout: the server does not answer']);
  looks(silence, LOOKS);
  assert.is(silent.ended.length, 1);
});

test('each byte that arrives begins a new time', () => {
  const slow = connection(1);
  const silence = new Silence(slow);
  for (let n = 0; n < 10; n += 1) {
    looks(silence, LOOKS);
    slow.stream.bytesRead += 1;
  }
  assert.equal(slow.ended, []);
});

test('it keeps a connection without unanswered commands, and a connection that is not made yet', () => {
  const idle = connection(0);
  looks(new Silence(idle), 3 * LOOKS);
  assert.equal(idle.ended, []);
  looks(new Silence({ commandQueue: { length: 1 } }), 3 * LOOKS);
});

test('a new connection has its own time', () => {
  const first = connection(1);
  const second = connection(1);
  const client = { commandQueue: first.commandQueue, stream: first.stream };
  const silence = new Silence(client);
  looks(silence, LOOKS);
  client.stream = second.stream;
  looks(silence, LOOKS);
  assert.equal([...first.ended, ...second.ended], []);
  silence.look();
  assert.is(second.ended.length, 1);
});

test.run();
