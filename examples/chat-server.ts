// A line-based chat room. First send a name, then messages; /who lists the members, /quit leaves. Each member has one
// greenlet that reads and one that writes, and a bounded Queue of outgoing lines. So nobody waits for a slow member;
// the server disconnects a member more than 1,000 lines behind. Ctrl-C ends it.
// Run: npm run example chat-server -- 7000, and in other terminals: nc 127.0.0.1 7000   (without a port: a short conversation)

import { all, Event, forEach, joinall, Queue, race, run, sleep, spawn, Timeout } from 'greenhub';
import { connect, LimitExceededError, type Socket, StreamServer } from 'greenhub/net';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const MINUTE = 60_000;

class Member {
  readonly outbox = new Queue<string>(1_000);
  readonly tooSlow = new Event();
  readonly name: string;
  readonly socket: Socket;

  constructor(name: string, socket: Socket) {
    this.name = name;
    this.socket = socket;
  }
}

const members = new Map<string, Member>();
const port = readPort('a short conversation, which ends');
const server = new StreamServer({ port: port ?? 0, host: '127.0.0.1' }, chat, { pool: 1_000 });

run(function* main() {
  yield* listening(server.start(), port ?? 0);
  console.log(`listening on 127.0.0.1, port ${server.port}`);
  if (port === undefined) yield* demonstrate();
  else yield* server.serveForever({ stopTimeout: 0 });
});

function* chat(socket: Socket) {
  try {
    const name = yield* askName(socket);
    if (name === null) return;
    const member = new Member(name, socket);
    // `all` ends when both branches have ended or one has failed. If the event wins, both are cancelled and the socket is closed.
    yield* race([all([() => listen(member), deliver(member)]), member.tooSlow.wait()]);
  } catch (error) {
    if (error instanceof LimitExceededError) yield* socket.sendall('* that line is too long\n', { timeout: MINUTE });
    else if (!(error instanceof Timeout)) throw error; // the member reads nothing, or sent no name: disconnect
  }
}

function* askName(socket: Socket) {
  for (let question = 'your name?'; ; ) {
    yield* socket.sendall(`* ${question}\n`);
    const name = yield* socket.readLine({ limit: 1_024, timeout: MINUTE });
    if (name === null) return null;
    if (!/^\w{1,20}$/.test(name)) question = 'a name has up to 20 letters, digits and _: your name?';
    else if (members.has(name)) question = `there is a ${name} already: your name?`;
    else return name;
  }
}

function* listen(member: Member) {
  const { name, outbox, socket } = member;
  members.set(name, member);
  say(`* ${name} has joined, and ${members.size} are here`);
  try {
    for (;;) {
      const line = yield* socket.readLine({ limit: 1_024 });
      if (line === null || line === '/quit') break;
      if (line === '/who') tell(member, `* here are ${[...members.keys()].join(', ')}`);
      else if (line.startsWith('/')) tell(member, '* commands: /who and /quit');
      else if (line !== '') say(`<${name}> ${line}`, member);
      yield* sleep(0); // let the other greenlets run, even if the next line has already arrived
    }
  } finally {
    members.delete(name);
    outbox.shutdown(); // the queued lines are still delivered
    say(`* ${name} ${member.tooSlow.isSet() ? 'was too slow' : 'has left'}`);
  }
}

function deliver({ outbox, socket }: Member) {
  return forEach(outbox, (line) => socket.sendall(`${line}\n`, { timeout: MINUTE }));
}

function say(line: string, by?: Member) {
  for (const member of members.values()) if (member !== by) tell(member, line);
}

/** Never waits, because waiting would slow down the speaker. */
function tell({ outbox, tooSlow }: Member, line: string) {
  if (outbox.full()) tooSlow.set();
  else outbox.putNowait(line);
}

function* demonstrate() {
  const ann = spawn(visit, 'ann', { '2 are here': 'hello, bob', 'hello, ann': '/who', 'here are': '/quit' });
  const bob = spawn(visit, 'bob', { 'hello, bob': 'hello, ann', 'ann has left': '/quit' });
  yield* joinall([ann, bob], { raiseError: true });
  yield* server.stop({ timeout: 1_000 });
}

/** Joins the chat and answers each line that contains one of the keys. */
function* visit(name: string, answers: Record<string, string>) {
  using socket = yield* connect(server.port!, '127.0.0.1');
  yield* socket.sendall(`${name}\n`);
  for (let line: string | null = ''; line !== null; line = yield* socket.readLine({ timeout: 10_000 })) {
    if (line !== '') console.log(`${name} reads: ${line}`);
    for (const [part, answer] of Object.entries(answers)) {
      if (line.includes(part)) yield* socket.sendall(`${answer}\n`);
    }
  }
}
