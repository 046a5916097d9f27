// Echoes each line it receives, for up to 1,000 clients at once, with a greenlet for each connection. It disconnects
// clients that are silent for a minute and limits lines to 64 KiB. After Ctrl-C, current clients have a second to
// finish.
// Run: npm run example echo-server -- 7000, and then in another terminal: nc 127.0.0.1 7000

import { run, Timeout } from 'greenhub';
import { LimitExceededError, type Socket, StreamServer } from 'greenhub/net';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const MINUTE = 60_000;

const port = readPort('a free port') ?? 0;
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
