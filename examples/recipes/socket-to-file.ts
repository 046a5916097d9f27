// Writes what a client sends to a file, as fast as the disk takes it. The client has to wait: memory stays flat.

import { open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, until } from 'greenhub';
import { connect, type Socket, StreamServer } from 'greenhub/net';

const file = join(tmpdir(), `upload-${process.pid}`);

function* store(socket: Socket) {
  const handle = yield* until(open(file, 'w'));
  try {
    // Nothing more is read before the write has ended, and beyond 64 KiB the kernel stops the client.
    for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) {
      yield* until(handle.write(data));
    }
  } finally {
    yield* until(handle.close());
  }
  yield* socket.sendall('stored\n');
}

await run(function* main() {
  const server = new StreamServer({ port: 0, host: '127.0.0.1' }, store);
  yield* server.start();
  using socket = yield* connect({ port: server.port ?? 0, host: '127.0.0.1' });
  const block = Buffer.alloc(100_000, 'x');
  for (let n = 0; n < 20; n += 1) yield* socket.sendall(block); // waits for the server
  socket.shutdown();
  console.log(yield* socket.readLine());
  console.log((yield* until(stat(file))).size);
  yield* until(rm(file));
  yield* server.stop();
});
