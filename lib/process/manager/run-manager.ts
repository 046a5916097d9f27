/** The role of a Manager's server: keeps the objects, and lets clients in. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Coroutine } from '../../greenlet/operation.ts';
import { handleSignal } from '../../hub/loop/host-process.ts';
import { action } from '../../hub/parking/action.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { admit } from '../channel/handshake.ts';
import { streamChannel } from '../channel/stream-channel.ts';
import { family } from '../child/family.ts';
import { thisChild } from '../child/this-child.ts';
import { AuthenticationError } from '../errors.ts';
import { network } from '../network/network.ts';
import { type HostAddress, type ManagerAddress, privatePath, removePath } from './address.ts';
import { makesNamed } from './named.ts';
import { Refusals } from './refusals.ts';
import type { Hello, Welcome } from './welcome.ts';

export interface ManagerTask {
  /** Null for a private socket. */
  readonly address: Readonly<Required<HostAddress>> | null;
  readonly key: Uint8Array;
  readonly maxMessageBytes: number;
}

const refusals = new Refusals();

export async function begin(given: unknown): Promise<void> {
  const task = given as ManagerTask;
  makesNamed();
  thisChild.limitMessages(task.maxMessageBytes);
  // A terminal sends these signals to all processes of a program. Their cleanup may still need the objects here, and the end of the
  // parent ends this server in order.
  handleSignal('SIGINT');
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  const key = Buffer.from(task.key);
  const server = createServer((socket) => void spawn(welcome, socket, key, task.maxMessageBytes));
  const address = await listening(server, task.address);
  server.on('error', (error) => refusals.report(error));
  const { onStop } = thisChild;
  thisChild.onStop = (stop) => {
    // Node aborts the whole program if a connection arrives while a thread is ending.
    server.close();
    onStop(stop);
  };
  thisChild.tell('ready', address);
}

async function listening(server: Server, address: ManagerTask['address']): Promise<ManagerAddress> {
  const path = address === null ? privatePath() : null;
  if (path !== null) process.once('exit', () => removePath(path));
  await action<void>(function listening(resolve, reject) {
    server.once('error', reject);
    server.listen(path === null ? address : { path }, () => resolve());
    return () => server.off('error', reject);
  });
  return path ?? { host: (address as HostAddress).host as string, port: (server.address() as AddressInfo).port };
}

/** Lets a client in once it has proved that it knows the key. */
const welcome = helper(function* welcome(socket: Socket, key: Buffer, maxMessageBytes: number): Coroutine<void> {
  socket.on('error', () => {});
  socket.setNoDelay(true);
  // Notices a machine that has gone without a word.
  socket.setKeepAlive(true, 10_000);
  try {
    yield* admit(socket, key);
  } catch (error) {
    if (error instanceof AuthenticationError) refusals.report(error);
    socket.destroySoon();
    return;
  }
  const channel = streamChannel(socket, { maxMessageBytes, onGarbage: (error) => refusals.report(error) });
  channel.onMessage((hello) => {
    const { id } = Object(hello) as Hello;
    if (typeof id === 'string') network.joinPeer(channel, id, (error) => refusals.report(error));
    else channel.close();
  });
  channel.post({ id: network.id, family: family().id, maxMessageBytes } satisfies Welcome);
  socket.resume();
});
