import { connect, type Socket } from 'node:net';
import type { Coroutine, Operation } from '../../greenlet/operation.ts';
import { action } from '../../hub/parking/action.ts';
import { introduce } from '../channel/handshake.ts';
import { type StreamChannel, streamChannel } from '../channel/stream-channel.ts';
import { family } from '../child/family.ts';
import { ConnectionLostError } from '../errors.ts';
import { network } from '../network/network.ts';
import type { ManagerAddress } from './address.ts';
import { type Hello, WELCOME_BYTES, type Welcome } from './welcome.ts';

/** A use of the connection to a server. */
export interface Connection {
  /** The server's node. */
  readonly server: string;
  close(): void;
}

/** The open connections, by the server's node. There is one for each server, however often this thread has asked for it. */
const open = new Map<string, { readonly channel: StreamChannel; uses: number }>();

/**
 * Connects to the server of a Manager, and joins it to the network.
 *
 * @throws AuthenticationError if the server has another key; the error of the system if there is no server
 */
export function* connecting(address: ManagerAddress, key: Buffer): Coroutine<Connection> {
  const socket = typeof address === 'string' ? connect(address) : connect(address);
  socket.on('error', () => {});
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 10_000);
  let isJoined = false;
  try {
    yield* connected(socket);
    yield* introduce(socket, key);
    const channel = streamChannel(socket, { maxMessageBytes: WELCOME_BYTES });
    const welcome = yield* welcomed(channel, socket);
    // A server of this program is reached over the processes between.
    if (welcome.family === family().id) return { server: welcome.id, close: () => {} };
    isJoined = join(channel, welcome);
    return used(welcome.id);
  } finally {
    if (!isJoined) socket.destroy();
  }
}

function connected(socket: Socket): Operation<void> {
  return action<void>(function connect(resolve, reject) {
    socket.once('connect', resolve).once('error', reject);
    return () => socket.off('connect', resolve).off('error', reject);
  });
}

function welcomed(channel: StreamChannel, socket: Socket): Operation<Welcome> {
  return action<Welcome>(function welcome(resolve, reject) {
    channel.ref();
    channel.onMessage((message) => resolve(message as Welcome));
    channel.onClose(() => reject(new ConnectionLostError('the Manager has closed the connection')));
    socket.resume();
    return () => channel.unref();
  });
}

/** Returns false if there is a connection already. */
function join(channel: StreamChannel, { id, maxMessageBytes }: Welcome): boolean {
  if (open.has(id)) return false;
  channel.maxMessageBytes = maxMessageBytes;
  channel.post({ id: network.id } satisfies Hello);
  open.set(id, { channel, uses: 0 });
  channel.onClose(() => open.delete(id));
  network.joinPeer(channel, id, () => {});
  return true;
}

function used(server: string): Connection {
  const connection = open.get(server);
  if (connection === undefined) throw new ConnectionLostError('the Manager has closed the connection');
  connection.uses += 1;
  let isOpen = true;
  const close = (): void => {
    if (isOpen) connection.uses -= 1;
    isOpen = false;
    if (connection.uses === 0) connection.channel.close();
  };
  return { server, close };
}
