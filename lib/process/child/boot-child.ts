import { Socket } from 'node:net';
import { isMainThread, type MessagePort, Worker, workerData } from 'node:worker_threads';
import { onEndSignal } from '../../hub/tasks/end-signal.ts';
import { bellsOfChild } from '../channel/bell.ts';
import type { Channel } from '../channel/channel.ts';
import { portChannel } from '../channel/port-channel.ts';
import { streamChannel } from '../channel/stream-channel.ts';
import { network } from '../network/network.ts';
import type { Boot } from './boot.ts';
import { watchdogUrl } from './bootstrap-url.ts';
import { BELLS, CHANNEL_FD, PORT, WATCHDOG_FD } from './connection.ts';
import { joinFamily } from './family.ts';
import { receiveHandles } from './handles.ts';
import { becomeChild, here } from './here.ts';
import { thisChild } from './this-child.ts';

/** The module of a role. */
export interface Role {
  /** Called once, with `options.task` of `startChild()`. An error that it throws ends the child with exit code 1. */
  begin(task: unknown): unknown;
}

/** Loads the modules of roles, by the names of the roles. */
export type Roles = Readonly<Record<string, () => Promise<Role>>>;

/**
 * Makes this process or thread a child: reads the first message from the parent, and begins the role that it names.
 *
 * @param loadKinds loads the classes of everything that may be inside a message
 */
export function bootChild(roles: Roles, loadKinds: () => Promise<unknown>): void {
  const channel = isMainThread
    ? streamChannel(new Socket({ fd: CHANNEL_FD, readable: true, writable: true }))
    : portChannel(workerData[PORT] as MessagePort, bellsOfChild(workerData[BELLS] as SharedArrayBuffer));
  channel.ref();
  channel.onMessage((boot) => void begin(boot as Boot, channel, roles, loadKinds));
  channel.onClose(() => {
    // The parent has ended before it could send anything.
    if (here.parent === null) process.exit(1);
  });
}

async function begin(boot: Boot, channel: Channel, roles: Roles, loadKinds: () => Promise<unknown>): Promise<void> {
  becomeChild(boot);
  joinFamily(boot.family);
  network.joinParent(channel, boot.parentId, boot.id);
  thisChild.join(channel, boot.parentId);
  process.on('uncaughtException', (error) => {
    // A program that handles uncaught exceptions itself goes on.
    if (process.listenerCount('uncaughtException') === 1) void thisChild.fail(error);
  });
  if (isMainThread) onEndSignal((signal) => thisChild.stop(signal, `${here.name} received ${signal}`));
  if (boot.watchdog && isMainThread) startWatchdog();
  try {
    // Not earlier: the flags are the parent's, and their modules and files are found from its folder.
    if (boot.cwd !== null) process.chdir(boot.cwd);
    const load = roles[boot.role];
    if (load === undefined) throw new Error(`greenhub/process has no role "${boot.role}"`);
    const [role] = await Promise.all([load(), loadKinds(), receiveHandles(boot.handles)]);
    channel.unref();
    await role.begin(boot.task);
  } catch (error) {
    void thisChild.fail(error);
  }
}

/** Without the flags of the program, which may make it load other modules first. */
function startWatchdog(): void {
  new Worker(watchdogUrl, { workerData: { fd: WATCHDOG_FD }, execArgv: [], env: {} }).unref();
}
