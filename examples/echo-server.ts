// Sends back what it is sent, line by line, to as many as 1,000 at once: a greenlet for each connection. Who says nothing
// for a minute is hung up on, and a line may have 64 KiB. Ctrl-C lets those who are being served finish for a second.
// Run: npm run example echo-server -- 7000, and then in another terminal: nc 127.0.0.1 7000

import { run, Timeout } from 'greenhub';
import { LimitExceededError, type Socket, StreamServer } from 'greenhub/net';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const MINUTE = 60_000;

const port = readPort('a free one') ?? 0;
const server = new StreamServer({ port, host: '127.0.0.1' }, echo, { pool: 1_000 });

run(function* main() {
  yield* listening(server.start(), port);
  console.log(`listening on 127.0.0.1, port ${server.port}`);
  yield* server.serveForever({ stopTimeout: 1_000 });
});

function* echo(socket: Socket) {
  try {
    for (;;) {
      const line = yield* socket.readLine({ timeout: MINUTE });
      if (line === null) break;
      yield* socket.sendall(`${line}\n`, { timeout: MINUTE });
    }
  } catch (error) {
    if (error instanceof Timeout && !socket.closed) yield* socket.sendall('bye: nothing for a minute\n');
    else if (error instanceof LimitExceededError) yield* socket.sendall('bye: that line is too long\n');
    else throw error;
  }
}
