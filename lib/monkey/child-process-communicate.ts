import { Buffer } from 'node:buffer';
import type { ChildProcess } from 'node:child_process';
import { finished, type Readable } from 'node:stream';
import { isA } from '../greenlet/errors.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import type { OptionNames } from '../hub/checks/options.ts';
import { shown } from '../net/shown.ts';
import { hasEnded, isUnwanted } from './child-process-ending.ts';
import { ChildSuspension, type ExitStatus, failureOf, lineOf, nameOf, statusOf } from './child-process-wait.ts';

/** What a child process has printed. */
export interface Output<T = string> {
  stdout: T;
  stderr: T;
}

/** What a child process has printed, and how it ended. */
export interface Communication<T = Buffer> extends Output<T>, ExitStatus {}

/** A Timeout of a wait for output. */
export interface OutputTimeout<T = string> extends Timeout {
  /** What had come by then. */
  partial: Output<T>;
}

export interface CommunicateOptions extends TimeoutOption {
  /** What the output is decoded with. Without it there are Buffers. */
  encoding?: BufferEncoding | undefined;
}

export const COMMUNICATE_OPTIONS: OptionNames<CommunicateOptions> = { timeout: 'number', encoding: 'string' };

/** Collects what a stream gives. */
export class Collector {
  private readonly chunks: Buffer[] = [];
  isOver: boolean;

  /** @param over called when it gives no more */
  constructor(stream: Readable | null, over: () => void = () => {}) {
    this.isOver = stream === null || stream.destroyed;
    if (stream === null || this.isOver) return;
    stream.on('data', (chunk: Buffer | string) => {
      this.chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, stream.readableEncoding ?? 'utf8') : chunk);
    });
    // A stream that breaks has given what it had.
    finished(stream, { writable: false }, () => {
      this.isOver = true;
      over();
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** All that a child prints from some moment on. */
class Collected {
  /** It is for somebody who has asked for it, and who may have given input. */
  begun = false;
  readonly stdout: Collector;
  readonly stderr: Collector;

  constructor(child: ChildProcess) {
    const { look } = lineOf(child);
    // Undefined for a child that was spawned outside greenlets, and for which there were no descriptors.
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

/** Keeps what a child leaves unread when it ends, which Node would throw away, for who communicates then. */
export function keepUnread(child: ChildProcess): void {
  child.once('exit', () => {
    if (!isUnwanted(child) && isUnread(child.stdout) && isUnread(child.stderr)) collect(child);
  });
}

function isUnread(stream: Readable | null): boolean {
  return stream === null || (stream.readableFlowing === null && stream.listenerCount('readable') === 0);
}

/** Gives a child its input, and waits for all its output and its end. */
export class Communicate<T extends Buffer | string> extends ChildSuspension<Communication<T>> {
  private readonly input: string | Uint8Array | undefined;
  private readonly encoding: BufferEncoding | undefined;

  /** @throws TypeError for input that is neither a string nor bytes, or for an encoding that there is not */
  constructor(child: ChildProcess, input: string | Uint8Array | undefined, options: CommunicateOptions | undefined) {
    super(child, options);
    if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
      throw new TypeError(`communicate() takes a string or bytes as input, not ${typeof input}`);
    }
    const encoding = options?.encoding;
    if (encoding !== undefined && !Buffer.isEncoding(encoding)) {
      throw new TypeError(`communicate() knows no encoding ${shown(encoding)}`);
    }
    this.input = input;
    this.encoding = encoding;
  }

  describe(): string {
    return `the output and the end of ${nameOf(this.child)}`;
  }

  protected tryNow(): boolean {
    const failure = failureOf(this.child);
    if (failure !== undefined) throw failure;
    if (!hasEnded(this.child)) return false;
    const { stdout, stderr } = collect(this.child);
    if (!stdout.isOver || !stderr.isOver) return false;
    this.value = { ...this.output, ...statusOf(this.child) };
    return true;
  }

  protected override enqueue(): void {
    try {
      this.begin();
      super.enqueue();
    } catch (error) {
      this.fail(error);
    }
  }

  protected timedOut(timeout: number): never {
    // A poll has not come by where it begins.
    if (timeout === 0) this.begin();
    const message = `${nameOf(this.child)} has not ended within ${timeout} ms`;
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

  /** Sends the input, and closes the pipe: once a child. */
  private begin(): void {
    const { child, input } = this;
    const { stdin } = child;
    const collected = collect(child);
    if (collected.begun) {
      if (input === undefined) return;
      throw new TypeError(`${nameOf(child)} has been given its input: call communicate() without any to go on waiting`);
    }
    if (stdin === null && input !== undefined) {
      throw new TypeError(`${nameOf(child)} takes no input: spawn it with stdio: ['pipe', …]`);
    }
    collected.begun = true;
    // A child need not read its input: that the pipe is broken is no error then.
    stdin?.on('error', () => {}).end(input);
  }
}
