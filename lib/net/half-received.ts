import type { IncomingMessage } from 'node:http';
import type { Server, Socket as Stream } from 'node:net';

/** Node's list of the connections of an HTTP server. It is stored under an internal symbol; there is no public API. */
interface ConnectionsList {
  active(): { readonly socket?: Stream | null }[];
}

/**
 * The connections of an HTTP server on which only a part of a request's head has arrived. Empty if the runtime is not
 * Node.
 *
 * @param newest the newest request of a connection, if there is one
 */
export function halfReceived(server: Server, newest: (stream: Stream) => IncomingMessage | undefined): Set<Stream> {
  const streams = new Set<Stream>();
  for (const { socket } of connectionsOf(server)?.active?.() ?? []) {
    // Node also lists connections that have sent nothing, or are in the middle of a body, as active.
    if (socket && socket.bytesRead > 0 && newest(socket)?.complete !== false) streams.add(socket);
  }
  return streams;
}

function connectionsOf(server: Server): ConnectionsList | undefined {
  const own = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connections');
  return own && (server as unknown as Record<symbol, ConnectionsList | undefined>)[own];
}
