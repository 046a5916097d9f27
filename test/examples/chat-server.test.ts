import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, listeningPort, type Program, run, start } from './program.ts';

const test = suite('example chat-server');

interface Member {
  socket: Socket;
  say(...lines: string[]): void;
  /** The next line that it receives; null at the end. */
  hears(): Promise<string | null>;
}

async function join(port: number, name: string): Promise<Member> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const heard = createInterface({ input: socket })[Symbol.asyncIterator]();
  const member: Member = {
    socket,
    say: (...lines) => void socket.write(lines.map((line) => `${line}\n`).join('')),
    hears: async () => {
      const { done, value } = await heard.next();
      return done ? null : value;
    },
  };
  assert.is(await member.hears(), '* your name?');
  member.say(name);
  return member;
}

async function room(body: (port: number) => Promise<void>): Promise<void> {
  const program: Program = start('chat-server', '0');
  try {
    await body(await listeningPort(program));
  } finally {
    program.interrupt();
  }
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
}

test('without a port it holds a conversation, and ends', async () => {
  const { code, stdout, stderr } = await run('chat-server');
  const told = (name: string): string[] => lines(stdout).flatMap((line) => line.split(`${name} reads: `)[1] ?? []);
  assert.match(told('ann').at(-3) ?? '', 'has joined, and 2 are here');
  assert.is(told('ann').at(-2), '<bob> hello, ann');
  assert.match(told('ann').at(-1) ?? '', '* here are ');
  assert.equal(told('bob').slice(-2), ['<ann> hello, bob', '* ann has left']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('all members get each message, and notices of arrivals and departures', () =>
  room(async (port) => {
    const ann = await join(port, 'ann');
    assert.is(await ann.hears(), '* ann has joined, and 1 are here');
    const bob = await join(port, 'bob');
    for (const member of [ann, bob]) assert.is(await member.hears(), '* bob has joined, and 2 are here');
    bob.say('hello', '', '/who');
    assert.is(await ann.hears(), '<bob> hello');
    assert.is(await bob.hears(), '* here are ann, bob');
    ann.say('/dance');
    assert.is(await ann.hears(), '* commands: /who and /quit');
    bob.say('bye', '/quit', 'nobody hears this');
    assert.is(await bob.hears(), null);
    assert.is(await ann.hears(), '<bob> bye');
    assert.is(await ann.hears(), '* bob has left');
    ann.socket.end('/who\n');
    assert.is(await ann.hears(), '* here are ann');
    assert.is(await ann.hears(), null);
  }));

test('the server asks again if a name is in use or invalid', () =>
  room(async (port) => {
    const ann = await join(port, 'ann');
    await ann.hears();
    const other = await join(port, 'ann');
    assert.is(await other.hears(), '* there is a ann already: your name?');
    other.say('not a name');
    assert.match((await other.hears()) ?? '', 'a name has up to 20 letters');
    other.say('bob');
    assert.is(await other.hears(), '* bob has joined, and 2 are here');
    other.socket.resetAndDestroy();
    assert.is(await ann.hears(), '* bob has joined, and 2 are here');
    assert.is(await ann.hears(), '* bob has left');
    ann.socket.destroy();
  }));

test('a line that is too long disconnects its sender', () =>
  room(async (port) => {
    const ann = await join(port, 'ann');
    await ann.hears();
    ann.say('x'.repeat(2_000));
    assert.is(await ann.hears(), '* that line is too long');
    assert.is(await ann.hears(), null);
  }));

test('a client that does not read holds up no other, and is dropped in the end', () =>
  room(async (port) => {
    const slow = await join(port, 'slow');
    await slow.hears();
    slow.socket.pause();
    const [ann, bob] = [await join(port, 'ann'), await join(port, 'bob')];
    while ((await ann.hears()) !== '* bob has joined, and 3 are here');
    while ((await bob.hears()) !== '* bob has joined, and 3 are here');
    // At some time the kernel's buffer for the slow client is full, and then its queue.
    let said = 0;
    let wasDropped = false;
    while (!wasDropped) {
      for (let count = 0; count < 100; count += 1) ann.say(`${said + count} ${'x'.repeat(1_000)}`);
      for (let heard = 0; heard < 100; ) {
        const line = (await bob.hears()) ?? 'the end';
        if (line === '* slow was too slow') wasDropped = true;
        else {
          assert.is(line.split(' ')[1], `${said}`);
          heard += 1;
          said += 1;
        }
      }
    }
    for (const { socket } of [slow, ann, bob]) socket.destroy();
  }));

test.run();
