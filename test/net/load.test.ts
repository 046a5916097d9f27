import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { type Coroutine, type Greenlet, joinall, sleep, spawn } from '../../lib/index.ts';
import { connect, PrematureEndError, type Socket, StreamServer } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import { closed, LOOPBACK, paired, portOf } from './pairs.ts';

const test = suite('sockets under load');

paired(test)('readers that are killed at random lose no byte', async (left, right) => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const data = randomBytes(1024 * 1024);
  const sender = spawn(function* send() {
    for (let at = 0; at < data.length; ) {
      const end = at + random.int(1, 20_000);
      yield* left.sendall(data.subarray(at, end));
      if (random.chance(0.3)) yield* sleep(0);
      at = end;
    }
    left.shutdown();
  });
  const parts: Buffer[] = [];
  function* read(): Coroutine<void> {
    for (;;) {
      const byte = Buffer.of(random.int(0, 255));
      const reading = random.chance(0.5)
        ? right.recv(random.int(1, 5_000))
        : right.readUntil(byte, { limit: Infinity });
      const { value, error } = yield* outcomeOf(reading);
      if (value !== undefined) parts.push(value);
      else if (error instanceof PrematureEndError) parts.push(error.partial);
      else throw error;
      if (value?.length === 0) return;
    }
  }
  for (let finished = false; !finished; ) {
    const reader = spawn(read);
    for (let pauses = random.int(0, 5); pauses > 0; pauses -= 1) await waitAllBlocked();
    await reader.kill();
    finished = reader.successful();
  }
  await sender;
  assert.ok(Buffer.concat(parts).equals(data), `seed ${seed}`);
});

test('clients and handlers are killed at random: every reply is exact and no socket is left open', async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const open = { made: 0, closed: 0 };
  const count = (socket: Socket): Socket => {
    open.made += 1;
    socket.stream.on('close', () => {
      open.closed += 1;
    });
    return socket;
  };
  const server = new StreamServer(
    LOOPBACK,
    function* echo(socket) {
      count(socket);
      for (let line = yield* socket.readLine(); line !== null; line = yield* socket.readLine()) {
        yield* socket.sendall(`${line}\n`);
      }
    },
    { pool: 20 },
  );
  await server.start();
  const port = portOf(server);
  let exact = 0;
  function* visit(id: number): Coroutine<void> {
    using socket = count(yield* connect(port, '127.0.0.1'));
    for (let turn = 0; turn < 20; turn += 1) {
      const line = `${id}.${turn}.${'x'.repeat(random.int(0, 3_000))}`;
      yield* socket.sendall(`${line}\n`);
      const answer = yield* socket.readLine();
      // The handler may have been killed.
      if (answer === null) return;
      if (answer !== line) throw new Error(`seed ${seed}: ${answer} is not ${line}`);
      exact += 1;
    }
  }
  const clients: Greenlet<void>[] = Array.from({ length: 100 }, (_, id) => spawn(visit, id));
  const killer = spawn(function* kill() {
    while (clients.some((client) => !client.ready())) {
      yield* waitAllBlocked();
      const victims: Greenlet[] = random.chance(0.3) ? server.greenlets : (clients as Greenlet[]);
      if (victims.length > 0) random.pick(victims).kill();
    }
  });
  await joinall(clients);
  await killer.kill();
  for (const { exception } of clients) {
    // A handler that is killed while its client sends breaks the connection.
    const { name, code } = (exception ?? { name: 'GreenletExit' }) as NodeJS.ErrnoException;
    assert.ok(name === 'GreenletExit' || code === 'ECONNRESET' || code === 'EPIPE', `seed ${seed}: ${exception}`);
  }
  await server.stop();
  while (open.closed < open.made) await waitAllBlocked();
  assert.ok(exact > 0);
  assert.is(open.closed, open.made);
  assert.is(server.size, 0);
});

test('a thousand connections come and go', async () => {
  const server = new StreamServer(LOOPBACK, (socket) => socket.sendall('x'), { pool: 100 });
  await server.start();
  const port = portOf(server);
  const jobs = Array.from({ length: 1_000 }, () =>
    spawn(function* visit() {
      const socket = yield* connect(port, '127.0.0.1');
      const data = yield* socket.recvExactly(1);
      return { socket, data };
    }),
  );
  for (const job of jobs) {
    const { socket, data } = await job;
    assert.is(data.toString(), 'x');
    await closed(socket);
  }
  await server.stop();
});

test.run();
