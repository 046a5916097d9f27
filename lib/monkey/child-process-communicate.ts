import { Buffer } from 'node:buffer';
import type { ChildProcess } from 'node:child_process';
import { finished, type Readable } from 'node:stream';
import { isA } from '../greenlet/errors.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import type { OptionNames } from '../hub/checks/options.ts';
import { safeText } from '../net/safe-text.ts';
import { hasEnded, isUnwanted } from './child-process-ending.ts';
import { ChildSuspension, type ExitStatus, failureOf, lineOf, nameOf, statusOf } from './child-process-wait.ts';

/** The output of a child process. */
export interface Output<T = string> {
  stdout: T;
  stderr: T;
}

/** The output of a child process, and how it ended. */
export interface Communication<T = Buffer> extends Output<T>, ExitStatus {}

/** A Timeout of a wait for output. */
export interface OutputTimeout<T = string> extends Timeout {
  /** The output that had arrived by then. */
  partial: Output<T>;
}

export interface CommunicateOptions extends TimeoutOption {
  /** The encoding of the output. Without it, the output is Buffers. */
  encoding?: BufferEncoding | undefined;
}

export const COMMUNICATE_OPTIONS: OptionNames<CommunicateOptions> = { timeout: 'number', encoding: 'string' };

/** Collects the data of a stream. */
export class Collector {
  private readonly chunks: Buffer[] = [];
  isOver: boolean;

  /** @param over called when the stream has ended */
  constructor(stream: Readable | null, over: () => void = () => {}) {
    this.isOver = stream === null || stream.destroyed;
    if (stream === null || this.isOver) return;
    stream.on('data', (chunk: Buffer | string) => {
      this.chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, stream.readableEncoding ?? 'utf8') : chunk);
    });
    // A broken stream counts as ended: its data so far is kept.
    finished(stream, { writable: false }, () => {
      this.isOver = true;
      over();
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** All output of a child from now on. */
class Collected {
  /** True once `communicate()` was called, which may have sent input. */
  begun = false;
  readonly stdout: Collector;
  readonly stderr: Collector;

  constructor(child: ChildProcess) {
    const { look } = lineOf(child);
    // Undefined if the child was spawned outside greenlets and there were no file descriptors left.
    this.stdout = new Collector(child.stdout ?? null, look);
    this.stderr = new Collector(child.stderr ?? null, look);
  }
}

const collections = new WeakMap<ChildProcess, Collected>();

function collect(child: ChildProcess): Collected {
  let collected = collections.get(child);
  if (collected === undefined) {
    collected = new Collected(child);
    collections.set(child, collected);
  }
  return collected;
}

/** Keeps output that is unread when the child ends, for a later `communicate()`. Node would discard it. */
export function keepUnread(child: ChildProcess): void {
  child.once('exit', () => {
    if (!isUnwanted(child) && isUnread(child.stdout) && isUnread(child.stderr)) collect(child);
  });
}

function isUnread(stream: Readable | null): boolean {
  return stream === null || (stream.readableFlowing === null && stream.listenerCount('readable') === 0);
}

/** Sends a child its input, and waits for all its output and its end. */
export class Communicate<T extends Buffer | string> extends ChildSuspension<Communication<T>> {
  private readonly input: string | Uint8Array | undefined;
  private readonly encoding: BufferEncoding | undefined;

  /** @throws TypeError if the input is neither a string nor bytes, or the encoding is unknown */
  constructor(child: ChildProcess, input: string | Uint8Array | undefined, options: CommunicateOptions | undefined) {
    super(child, options);
    if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
      throw new TypeError(`communicate() takes a string or bytes as input, not ${typeof input}`);
    }
    const encoding = options?.encoding;
    if (encoding !== undefined && !Buffer.isEncoding(encoding)) {
      throw new TypeError(`communicate() takes an encoding such as utf8, not ${safeText(encoding)}`);
    }
    this.input = input;
    this.encoding = encoding;
  }

  describe(): string {
    return `the output and the end of ${nameOf(this.child)}`;
  }

  protected override tryNow(): boolean {
    const failure = failureOf(this.child);
    if (failure !== undefined) throw failure;
    if (!hasEnded(this.child)) return false;
    const { stdout, stderr } = collect(this.child);
    if (!stdout.isOver || !stderr.isOver) return false;
    this.value = { ...this.output, ...statusOf(this.child) };
    return true;
  }

  protected override register(): void {
    try {
      this.begin();
      super.register();
    } catch (error) {
      this.fail(error);
    }
  }

  timedOut(timeout: number): never {
    // With timeout 0, register() was not called.
    if (timeout === 0) this.begin();
    const message = `${nameOf(this.child)} did not end within ${timeout} ms`;
    throw Object.assign(new Timeout(timeout, message), { partial: this.output });
  }

  override throw(error?: unknown): ReturnType<ChildSuspension<Communication<T>>['throw']> {
    if (isA(error, Timeout) && !('partial' in error)) Object.assign(error, { partial: this.output });
    return super.throw(error);
  }

  private get output(): Output<T> {
    const { stdout, stderr } = collect(this.child);
    return { stdout: this.decoded(stdout.bytes), stderr: this.decoded(stderr.bytes) };
  }

  private decoded(bytes: Buffer): T {
    return (this.encoding === undefined ? bytes : bytes.toString(this.encoding)) as T;
  }

  /** Sends the input and closes the pipe, once for each child. */
  private begin(): void {
    const { child, input } = this;
    const { stdin } = child;
    const collected = collect(child);
    if (collected.begun) {
      if (input === undefined) return;
      throw new TypeError(
        `${nameOf(child)} already has its input: call communicate() without input to continue waiting`,
      );
    }
    if (stdin === null && input !== undefined) {
      throw new TypeError(`${nameOf(child)} takes no input: spawn it with stdio: ['pipe', …]`);
    }
    collected.begun = true;
    // A child need not read its input, so a broken pipe is not an error.
    stdin?.on('error', () => {}).end(input);
  }
}
