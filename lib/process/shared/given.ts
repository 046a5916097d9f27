/** How the sockets of greenhub/net that come from another process are restored. */
import type { AddressInfo, Socket as Stream } from 'node:net';
import type { Gift } from '../../net/giving.ts';
import { BACKLOG, type ListeningHandle } from '../../net/listening-handle.ts';
import { ListeningSocket } from '../../net/listening-socket.ts';
import { Socket } from '../../net/socket.ts';

/** @param handle what Node's channel has delivered */
export function givenSocket(kind: Gift['kind'], handle: unknown, data: unknown): ListeningSocket | Socket {
  if (kind === 'Socket') return connection(handle as Stream, data as Uint8Array);
  (handle as ListeningHandle).listen(BACKLOG);
  return new ListeningSocket(handle as ListeningHandle, data as AddressInfo | string);
}

function connection(stream: Stream, readAhead: Uint8Array): Socket {
  if (readAhead.length > 0) stream.unshift(readAhead);
  return new Socket(stream);
}
