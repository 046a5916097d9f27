import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ResourceLimits, Transferable } from 'node:worker_threads';
import { type HostTimer, host } from '../../hub/loop/host.ts';
import type { Gift } from '../../net/giving.ts';
import type { Channel } from '../channel/channel.ts';
import { StreamChannel } from '../channel/stream-channel.ts';
import { code, network } from '../network/network.ts';
import { decodeError, type Encoded } from '../travel/encode.ts';
import { type Boot, verb } from './boot.ts';
import { family } from './family.ts';
import { here } from './here.ts';
import { neighbours } from './neighbours.ts';

/** How the three standard streams of a child are set up, as in `child_process.spawn()`. */
export type Stdio = 'inherit' | 'ignore' | 'pipe';

export interface ChildOptions {
  readonly kind: 'process' | 'thread';
  /** What it runs: a name in the table of lib/process/bootstrap.ts. */
  readonly role: string;
  /** For its role. Copied at once. */
  readonly task: unknown;
  /** The sockets inside of `task`. Of processes only. */
  readonly gifts?: readonly Gift[] | undefined;
  readonly name: string;
  readonly daemon?: boolean;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Of processes only. */
  readonly cwd?: string | URL | undefined;
  /** Flags of Node. By default those of this process, without the ones that are for it alone. */
  readonly execArgv?: readonly string[] | undefined;
  /** Standard input, output and error. By default there is no input, and output goes to that of this process. */
  readonly stdio?: Stdio | readonly Stdio[] | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
  /** What is moved in `task` instead of copied. Of threads only. */
  readonly transfer?: readonly Transferable[] | undefined;
  /** Ends a process that spins after its parent has ended. */
  readonly watchdog?: boolean | undefined;
}

const SIGKILL = 9;
const SIGTERM = 15;

/** How long `terminate()` waits before it uses force, in milliseconds. */
export const GRACE = 1_000;

/** A child process or thread. `startChild()` makes it. */
export abstract class Child {
  /** Its id in the network: `network.send(child.id, …)`. */
  readonly id: string;
  readonly kind: 'process' | 'thread';
  readonly name: string;
  readonly channel: Channel;
  /** Null if it could not be started. */
  abstract readonly pid: number | null;
  /**
   * Null while it runs. Then what `process.exit()` was called with; 1 after an error; `-n` where signal n ended it. The same for
   * threads. A child that we have ended by force has -9, or -15 after `terminate()`.
   */
  exitcode: number | null = null;
  /** The error that has ended it, if there was one outside of its role: a missing module, an uncaught exception. */
  failure: unknown = undefined;
  /** The error of a thread that could not tell it: it ran out of memory, or did not get as far as our code. */
  crash: Error | null = null;
  /** The call that has asked it to end, or made it. */
  stoppedBy: 'terminate()' | 'kill()' | null = null;
  /** Its streams, where `stdio` says 'pipe'. */
  abstract readonly stdin: Writable | null;
  abstract readonly stdout: Readable | null;
  abstract readonly stderr: Readable | null;
  /** Receives what its role sends as a message of the kind PROCESS. */
  onMessage: (fields: readonly unknown[]) => void = () => {};
  /** The signal that stands for the force that we have used, or 0. */
  private forced = 0;
  /** How the child says that it ends by itself. */
  private ending: { readonly exitcode: number; readonly signal: number } | null = null;
  private grace: HostTimer | null = null;
  /** The questions of tools that are not answered, by their numbers. */
  private readonly looks = new Map<number, (answer: string) => void>();
  private lastLook = 0;
  private readonly endListeners: ((child: Child) => void)[] = [];

  constructor({ kind, name }: ChildOptions, id: string, channel: Channel) {
    this.id = id;
    this.kind = kind;
    this.name = name;
    this.channel = channel;
    neighbours.set(id, (fields) => this.receive(fields));
    network.joinChild(channel, id);
    // It is about to end. The event loop must not be empty before that is known: a pool may start another worker then.
    channel.onClose(() => {
      if (this.isAlive) this.ref();
    });
  }

  get isAlive(): boolean {
    return this.exitcode === null;
  }

  /** Sets the longest message that it receives, or sends to this process. There is no limit between threads. */
  limitMessages(maxMessageBytes: number): void {
    if (this.channel instanceof StreamChannel) this.channel.maxMessageBytes = maxMessageBytes;
  }

  /** Calls `listener` when it has ended, after its last message was received. */
  onEnd(listener: (child: Child) => void): void {
    if (this.isAlive) this.endListeners.push(listener);
    else host.microtask(() => listener(this));
  }

  /** Sends a message of the kind PROCESS. It is copied at once. */
  send(...fields: readonly unknown[]): void {
    network.send(this.id, code.PROCESS, fields);
  }

  /** Asks it what runs in it, for tools. The answer is empty if it ends first. */
  look(question: string): Promise<string> {
    if (!this.isAlive) return Promise.resolve('');
    this.lastLook += 1;
    const number = this.lastLook;
    const answer = new Promise<string>((settle) => this.looks.set(number, settle));
    this.send(verb.LOOK, number, question);
    return answer;
  }

  /** Asks it to end: its greenlets are killed, their cleanup runs. After `grace` milliseconds it is ended by force. */
  terminate(grace = GRACE): void {
    if (!this.isAlive) return;
    this.stoppedBy ??= 'terminate()';
    this.send(verb.TERMINATE);
    if (this.grace !== null) host.stopTimer(this.grace);
    this.grace = host.startTimer(() => this.force(SIGTERM), grace);
  }

  /** Ends it by force, at once. */
  kill(): void {
    if (!this.isAlive) return;
    this.stoppedBy = 'kill()';
    this.force(SIGKILL);
  }

  /** A living child keeps the event loop alive, unless `unref()` was called. */
  abstract ref(): void;
  abstract unref(): void;

  /** Asks the system whether it has ended, after sending what was posted. For the time when the event loop turns no more. */
  abstract hasClosed(): boolean;

  protected abstract end(): void;

  private force(signal: number): void {
    this.forced = signal;
    this.end();
  }

  private receive(fields: readonly unknown[]): void {
    const [what, value, signal] = fields;
    if (what === verb.FAILED) this.failure = decodeError(value as Encoded);
    else if (what === verb.ENDING) this.ending = { exitcode: value as number, signal: signal as number };
    else if (what === verb.LOOKED) this.looked(value as number, signal as string);
    else this.onMessage(fields);
  }

  private looked(number: number, answer: string): void {
    this.looks.get(number)?.(answer);
    this.looks.delete(number);
  }

  /**
   * It has ended; its channel may still hold messages.
   *
   * @param mayBeForced false if it has certainly not ended by `end()`
   */
  protected ended(exitcode: number, mayBeForced: boolean): void {
    if (this.grace !== null) host.stopTimer(this.grace);
    // Nothing else may keep the event loop alive until the last message is here.
    this.channel.ref();
    this.channel.onClose(() => {
      neighbours.delete(this.id);
      this.exitcode = this.exitcodeOf(exitcode, mayBeForced);
      for (const number of [...this.looks.keys()]) this.looked(number, '');
      for (const listener of this.endListeners.splice(0)) listener(this);
    });
  }

  private exitcodeOf(exitcode: number, mayBeForced: boolean): number {
    const { ending, forced } = this;
    if (ending?.exitcode === exitcode) return ending.signal === 0 ? exitcode : -ending.signal;
    return forced !== 0 && mayBeForced ? -forced : exitcode;
  }
}

/** What the child needs to know. */
export function bootOf(options: ChildOptions, id: string): Boot {
  const { kind, role, task, name, daemon = false, watchdog = false, gifts = [] } = options;
  const cwd = options.cwd instanceof URL ? fileURLToPath(options.cwd) : (options.cwd ?? null);
  const parent = { name: here.name, pid: process.pid };
  const depth = here.depth + 1;
  const at = { id, parentId: network.id, name, kind, daemon, depth, parent, watchdog, cwd };
  return { ...at, handles: gifts.length, family: family(), role, task };
}
