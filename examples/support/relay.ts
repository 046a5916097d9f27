import { nursery } from 'greenhub';
import type { Socket } from 'greenhub/net';

/** Hands on what comes from either socket to the other, until both directions have ended. Gives how many bytes each had. */
export function relay(client: Socket, upstream: Socket) {
  // When one direction fails, the nursery kills the other.
  return nursery(function* (n) {
    const up = n.spawn(pump, client, upstream);
    const down = n.spawn(pump, upstream, client);
    return { up: yield* up, down: yield* down };
  });
}

/** Hands on what comes, and at last the end of it. The next is read when the kernel has taken the last. */
function* pump(from: Socket, to: Socket) {
  let bytes = 0;
  for (let data = yield* from.recv(); data.length > 0; data = yield* from.recv()) {
    yield* to.sendall(data);
    bytes += data.length;
  }
  to.shutdown();
  return bytes;
}
