import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Duplex, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { outsideGreenlets } from '../../greenlet/outside-greenlets.ts';
import { frameOf } from '../channel/frames.ts';
import { type StreamChannel, streamChannel } from '../channel/stream-channel.ts';
import { childProcess } from '../nodes-modules.ts';
import { bootstrapUrl } from './bootstrap-url.ts';
import { bootOf, Child, type ChildOptions } from './child.ts';
import { CHANNEL_FD, WATCHDOG_FD } from './connection.ts';
import { inheritedExecArgv } from './exec-argv.ts';
import { sendHandles } from './handles.ts';
import { heapFlags } from './heap-flags.ts';
import { stdioOf } from './stdio.ts';

export class ProcessChild extends Child {
  readonly pid: number | null;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  private readonly process: ChildProcess;

  /** @throws DataCloneError if the task cannot be cloned */
  constructor(options: ChildOptions, id: string) {
    const boot = frameOf(bootOf(options, id));
    const flags = [...(options.execArgv ?? inheritedExecArgv()), ...heapFlags(options.resourceLimits)];
    const spawnOptions: SpawnOptions = {
      stdio: [...stdioOf(options.stdio), 'pipe', 'ipc', ...(options.watchdog === true ? ['pipe' as const] : [])],
      windowsHide: true,
      ...(options.env === undefined ? {} : { env: options.env }),
    };
    // The patches of greenhub/monkey would end it with the greenlet that has happened to start it.
    const child = outsideGreenlets(() =>
      childProcess().spawn(process.execPath, [...flags, fileURLToPath(bootstrapUrl)], spawnOptions),
    );
    if (child.stdio === undefined) throw notStarted(child, options.name);
    const channel = streamChannel(child.stdio[CHANNEL_FD] as Duplex);
    channel.postFrame(boot);
    super(options, id, channel);
    this.process = child;
    this.pid = child.pid ?? null;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    child.channel?.unref();
    const settleHandles = child.pid === undefined ? () => {} : sendHandles(child, options.gifts ?? []);
    const watched = (child.stdio as unknown[])[WATCHDOG_FD] as (Duplex & { unref?(): void }) | null | undefined;
    watched?.on('error', () => {}).unref?.();
    let isOver = false;
    const over = (exitcode: number, wasForced: boolean): void => {
      if (isOver) return;
      isOver = true;
      watched?.destroy();
      settleHandles();
      if (child.connected) child.disconnect();
      this.ended(exitcode, wasForced);
    };
    child.on('error', (error) => {
      // Other errors are of a signal or a message that could not be sent.
      if (child.pid !== undefined) return;
      this.failure = error;
      channel.close();
      over(1, false);
    });
    child.on('exit', (exitcode, signal) => {
      over(signal === null ? (exitcode as number) : -constants.signals[signal], signal === 'SIGKILL');
    });
  }

  hasClosed(): boolean {
    (this.channel as StreamChannel).flush();
    return this.isAlive ? isAtEnd(this.process.stdio[CHANNEL_FD] as Socket) : true;
  }

  protected end(): void {
    this.process.kill('SIGKILL');
  }

  ref(): void {
    this.process.ref();
  }

  unref(): void {
    this.process.unref();
  }
}

/** Node reports later what has kept it from making the streams, and the caller needs to know it now. */
function notStarted(child: ChildProcess, name: string): Error {
  child.on('error', () => {});
  return new Error(`${name} was not started, because too many files are open`);
}

/** Whether the other end of a socket is closed. Reads what is there. */
function isAtEnd(socket: Socket): boolean {
  const { fd = -1 } = (socket as { _handle?: { fd?: number } | null })._handle ?? {};
  if (fd < 0) return false;
  const chunk = Buffer.alloc(65_536);
  try {
    while (readSync(fd, chunk) > 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EAGAIN';
  }
}
