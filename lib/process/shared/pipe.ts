import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { line, Shown, TEXT } from '../../greenlet/shown.ts';
import { checkedTime, checkedTimeout, type TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, refuseOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { BrokenPipeError, EOFError } from '../errors.ts';
import { withdraw } from '../network/maker.ts';
import { network } from '../network/network.ts';
import { decodeLoaded } from '../travel/loaded.ts';
import { type Reference, restored, restoresWith, type Shareable, TRAVEL, type Way } from '../travel/shareable.ts';
import { contentOf, type Parcel, parcelOf } from './parcel.ts';
import { type End, PipeService } from './pipe-service.ts';
import { Known, Shared, shares } from './shared.ts';

/** The options of `Pipe()`. */
export interface PipeOptions {
  /** Whether both ends send and receive; true by default. Otherwise the first only receives and the second only sends. */
  duplex?: boolean | undefined;
}

const PIPE_OPTIONS: OptionNames<PipeOptions> = { duplex: 'boolean' };

/**
 * Makes a pipe: two connections, each of which receives what the other sends. An end can be an argument of a `Process`, and is
 * gone from here then.
 *
 * @param options `duplex: false` for a pipe of one direction: the first end only receives, the second only sends
 *
 * @example
 * const [ours, theirs] = mp.Pipe();
 * const worker = new mp.Process({ target: work, args: [theirs] }).start();
 * yield* ours.send({ page: 1 });
 * console.log(yield* ours.recv());
 */
export function Pipe<T = unknown>(options?: PipeOptions): [Connection<T>, Connection<T>] {
  const { duplex = true } = checkedOptions(options, PIPE_OPTIONS, 'Pipe()') ?? {};
  const pipe = new SharedPipe(duplex);
  return [new Connection<T>(pipe, 0), new Connection<T>(pipe, 1)];
}

/**
 * One end of a pipe. It is closed by `close()`, and when its thread or process ends. Several greenlets may send and receive, and are
 * served in the order of their calls.
 */
export class Connection<T = unknown> extends Shown implements Shareable {
  private readonly pipe: SharedPipe;
  private readonly end: End;
  /** Why it cannot be used; null if it can. */
  private gone: string | null;
  /** How many operations are going on here. */
  private uses: number;

  /** @internal */
  constructor(pipe: SharedPipe, end: End) {
    super();
    this.pipe = pipe;
    this.end = end;
    this.gone = null;
    this.uses = 0;
  }

  /** Its name in messages. */
  get name(): string {
    return `${this.pipe.name}.${this.end === 0 ? 'a' : 'b'}`;
  }

  /** Whether it can receive. */
  get readable(): boolean {
    return this.pipe.duplex || this.end === 0;
  }

  /** Whether it can send. */
  get writable(): boolean {
    return this.pipe.duplex || this.end === 1;
  }

  get closed(): boolean {
    return this.gone !== null;
  }

  /** @internal */
  [TEXT](): string {
    return line('Connection', this.name, this.gone ?? 'open');
  }

  /**
   * Sends a value. Waits while the pipe holds 64 KiB that were not received; a longer value waits until the pipe is empty.
   *
   * @param value copied when the operation begins
   * @throws TypeError if the value cannot be copied; BrokenPipeError if one of the ends is closed; ConnectionLostError if the
   *   process that made the pipe ends
   */
  send(value: T): Operation<void>;
  send(value: T, extra?: unknown): Operation<void> {
    if (extra !== undefined) refuseOptions(extra, 'connection.send()', 'withTimeout(ms, connection.send(…))');
    if (!this.writable) throw new TypeError(`${this.name} only receives: Pipe({ duplex: false }) was called`);
    return operation(() => this.sending(value), 'connection.send()');
  }

  /**
   * Waits for a value and takes it. If the greenlet is cancelled, it has taken nothing.
   *
   * @param options `timeout` in milliseconds
   * @throws EOFError if the other end is closed and everything was received, or if this end is closed; Timeout when the time is up;
   *   ConnectionLostError if the process that made the pipe ends
   */
  recv(options?: TimeoutOption): Operation<T> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'connection.recv()'));
    this.checkReadable();
    return operation(() => this.receiving(timeout), 'connection.recv()');
  }

  /**
   * Tells whether `recv()` would not wait: a value is here, or the end.
   *
   * @param options `timeout`: how many milliseconds to wait for that; 0 by default
   * @throws EOFError if this end is closed
   */
  poll(options?: TimeoutOption): Operation<boolean> {
    const timeout = checkedTime(checkedOptions(options, TIMEOUT, 'connection.poll()')?.timeout ?? 0, 'timeout');
    this.checkReadable();
    return operation(() => this.polling(timeout), 'connection.poll()');
  }

  /** Closes this end, at once. The other end receives what was sent, and then an `EOFError`. */
  close(): void {
    if (this.gone !== null) return;
    this.gone = 'was closed';
    this.pipe.closeEnd(this.end);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [TRAVEL](way: Way): Reference {
    if (this.gone !== null) throw new TypeError(`${this.name} ${this.gone}`);
    if (way.moves === undefined) throw new TypeError('an end of a pipe can only be an argument of a Process');
    // What recv() receives here would be missing there.
    if (this.uses > 0) throw new TypeError(`${this.name} is in use: wait until send(), recv() and poll() have ended`);
    way.moves.push(({ id, name }) => {
      this.gone = `was given to ${name}`;
      this.pipe.moveEnd(this.end, id);
    });
    return { kind: 'Connection', data: [this.pipe[TRAVEL](), this.end] };
  }

  private *sending(value: T): Coroutine<void> {
    if (this.gone !== null) throw new BrokenPipeError(`${this.name} ${this.gone}`);
    yield* this.using(this.pipe.send(this.end, parcelOf(value, this.pipe.maker)));
  }

  private *receiving(timeout: number): Coroutine<T> {
    this.checkOpen();
    const parcel = yield* this.using(this.pipe.receive(this.end, timeout));
    return (yield* decodeLoaded(contentOf(parcel))) as T;
  }

  private *polling(timeout: number): Coroutine<boolean> {
    this.checkOpen();
    return yield* this.using(this.pipe.poll(this.end, timeout));
  }

  private *using<R>(operation: Operation<R>): Coroutine<R> {
    this.uses += 1;
    try {
      return yield* operation;
    } finally {
      this.uses -= 1;
    }
  }

  private checkReadable(): void {
    if (!this.readable) throw new TypeError(`${this.name} only sends: Pipe({ duplex: false }) was called`);
  }

  private checkOpen(): void {
    if (this.gone !== null) throw new EOFError(`${this.name} ${this.gone}`);
  }
}

/** What each thread has of a pipe. */
class SharedPipe extends Shared {
  readonly duplex: boolean;

  constructor(duplex: boolean | Known) {
    const known = duplex instanceof Known ? duplex : undefined;
    super('Pipe', known, [network.id]);
    this.duplex = known === undefined ? (duplex as boolean) : (known.fields[0] as boolean);
  }

  send(end: End, parcel: Parcel): Operation<void> {
    return this.askSurely<void>('send', () => [end, parcel], true);
  }

  receive(end: End, timeout: number): Operation<Parcel> {
    return this.askWith<Parcel>('recv', [end, timeout]);
  }

  poll(end: End, timeout: number): Operation<boolean> {
    return this.askWith<boolean>('poll', [end, timeout]);
  }

  closeEnd(end: End): void {
    this.order('close', [end]);
    if (this.service !== null && (this.service as PipeService).isOver) withdraw(this.object);
  }

  moveEnd(end: End, node: string): void {
    this.order('move', [end, node]);
  }

  protected override fixed(): readonly unknown[] {
    return [this.duplex];
  }

  override describeWait(method: string): string {
    if (method === 'recv' || method === 'poll') return `a value from ${this.name}`;
    return method === 'send' ? `room in ${this.name}` : super.describeWait(method);
  }
}

shares('Pipe', SharedPipe, (node: string) => new PipeService(node));

restoresWith<[Reference, End]>('Connection', ([pipe, end]) => new Connection(restored(pipe) as SharedPipe, end));
