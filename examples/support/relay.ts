import { nursery } from 'greenhub';
import type { Socket } from 'greenhub/net';

/** Copies data between two sockets until both directions have ended. Returns the number of bytes in each direction. */
export function relay(client: Socket, upstream: Socket) {
  // When one direction fails, the nursery kills the other.
  return nursery(function* (n) {
    const up = n.spawn(pump, client, upstream);
    const down = n.spawn(pump, upstream, client);
    return { up: yield* up, down: yield* down };
  });
}

/** Copies one direction, including its end. It reads the next data when the kernel has accepted the last. */
function* pump(from: Socket, to: Socket) {
  let bytes = 0;
  for (let data = yield* from.recv(); data.length > 0; data = yield* from.recv()) {
    yield* to.sendall(data);
    bytes += data.length;
  }
  to.shutdown();
  return bytes;
}
