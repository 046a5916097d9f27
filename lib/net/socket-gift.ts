import { Socket as Stream } from 'node:net';
import type { Gift, ReleasedHandle } from './giving.ts';
import { isTlsSocket } from './nodes-modules.ts';
import type { Transport } from './transport.ts';

/** Node's handle of a connection. */
interface StreamHandle {
  readStop(): number;
  close(): void;
}

type Handled = { _handle?: StreamHandle | null };

/**
 * The gift of a connection. The bytes that were read ahead go with it.
 *
 * @throws TypeError if it is closed, in use, or a TLS connection
 */
export function socketGift(transport: Transport): Gift {
  const { name, reads, writes } = transport;
  const stream = transport.stream as Stream;
  if (transport.closed || writes.shut || !(stream as Handled)._handle) throw new TypeError(`${name} is closed`);
  if (isTlsSocket(stream)) throw new TypeError(`${name} is a TLS connection, whose keys stay in its process`);
  if (reads.readers.first !== null || reads.isTakenOver) throw new TypeError(`${name} is being read here`);
  if (writes.senders.first !== null || stream.writableLength > 0) {
    throw new TypeError(`${name} has data to send: wait until sendall() has ended`);
  }
  // Each read moves what the stream holds into the buffer.
  while (stream.readableLength > 0 && stream.read() !== null);
  return { kind: 'Socket', data: reads.buffer.all(), release: () => released(transport) };
}

/** Takes the connection away from its stream. */
function released(transport: Transport): ReleasedHandle {
  const owner = transport.stream as Handled;
  const handle = owner._handle as StreamHandle;
  handle.readStop();
  owner._handle = null;
  transport.close('was given to another process');
  // It must read nothing, because all that follows is for the other process.
  const courier = new Stream({ handle, manualStart: true } as object);
  courier.on('error', () => {});
  // Node closes a handle when the other process says that it has it, and leaves it open if that ends first.
  return { handle: courier, settled: () => void courier.destroy(), ended: () => handle.close() };
}
