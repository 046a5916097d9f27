import type { IncomingMessage } from 'node:http';
import type { Server, Socket as Stream } from 'node:net';

/** What Node keeps of the connections of an HTTP server, under a symbol of its own. It tells this in no public way. */
interface ConnectionsList {
  active(): { readonly socket?: Stream | null }[];
}

/**
 * The connections of an HTTP server on which the beginning of a request's head has arrived, and not yet all of it. None where
 * the runtime is not Node.
 *
 * @param newest the newest request of a connection, if there is one
 */
export function halfReceived(server: Server, newest: (stream: Stream) => IncomingMessage | undefined): Set<Stream> {
  const streams = new Set<Stream>();
  for (const { socket } of connectionsOf(server)?.active() ?? []) {
    // A connection that has sent nothing is as good as active to Node, and so is one in the middle of a body.
    if (socket && socket.bytesRead > 0 && newest(socket)?.complete !== false) streams.add(socket);
  }
  return streams;
}

function connectionsOf(server: Server): ConnectionsList | undefined {
  const own = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connections');
  return own && (server as unknown as Record<symbol, ConnectionsList | undefined>)[own];
}
