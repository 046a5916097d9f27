import type { Coroutine } from '../../greenlet/operation.ts';
import { withTimeout } from '../../hub/cancellation/with-timeout.ts';
import { hub } from '../../hub/loop/hub.ts';
import { Event } from '../../sync/event.ts';
import { Lock } from '../../sync/lock.ts';
import { BrokenPipeError, EOFError } from '../errors.ts';
import { Grant, type Service, type Taker, WAITS } from '../network/maker.ts';
import { network } from '../network/network.ts';
import type { Parcel } from './parcel.ts';

/** The two ends of a pipe. */
export type End = 0 | 1;

/** How many bytes one direction holds, unless a single value is longer. */
const ROOM = 65_536;

/** The object behind a pipe: the values on their way in each direction, and which node has each end. */
export class PipeService implements Service {
  private readonly holders: (string | null)[];
  /** By the end that sends. The first end of a pipe in one direction only receives. */
  private readonly directions: readonly [Direction, Direction];

  /** @param node the node that has both ends at first */
  constructor(node: string) {
    this.holders = [node, node];
    this.directions = [new Direction(), new Direction()];
  }

  /** True once both ends are closed. */
  get isOver(): boolean {
    return this.holders.every((holder) => holder === null);
  }

  answer(): unknown {
    return WAITS;
  }

  *answerLater(method: string, fields: readonly unknown[], taker: Taker): Coroutine<unknown> {
    const [end, given] = fields as [End, unknown];
    const incoming = this.directions[1 - end] as Direction;
    if (method === 'send') return yield* this.send(end, given as Parcel);
    if (method === 'poll') return yield* incoming.poll(given as number);
    return yield* withTimeout(given as number, () => incoming.receive(taker.node));
  }

  order(method: string, [end, node]: readonly unknown[]): void {
    if (method === 'close' || network.isGone(node as string)) this.close(end as End);
    else this.holders[end as End] = node as string;
  }

  leave(node: string): void {
    for (const end of [0, 1] as const) if (this.holders[end] === node) this.close(end);
  }

  private *send(end: End, parcel: Parcel): Coroutine<void> {
    const receiver = this.holders[1 - end];
    if (parcel.isForThreads && typeof receiver === 'string' && !network.isOfThisProcess(receiver))
      throw notForThreads();
    yield* this.directions[end].send(parcel);
  }

  private close(end: End): void {
    this.holders[end] = null;
    this.directions[end].closeSender();
    (this.directions[1 - end] as Direction).closeReceiver();
  }
}

export function notForThreads(): TypeError {
  return new TypeError('value contains shared memory, which cannot be sent to another process: use a Manager');
}

/** The values that one end has sent and the other has not received. */
class Direction {
  private readonly parcels: Parcel[] = [];
  private bytes = 0;
  private isSenderClosed = false;
  private isReceiverClosed = false;
  /** True while a value is on its way to a receiver and may come back. Nothing may overtake it, not even the end. */
  private isInDoubt = false;
  /** Senders and receivers stand in line. The first of each waits for a change. */
  private readonly sending = new Lock();
  private readonly receiving = new Lock();
  private readonly hasLeft = new Event();
  private readonly hasArrived = new Event();

  *send(parcel: Parcel): Coroutine<void> {
    yield* this.sending.acquire();
    try {
      for (;;) {
        if (this.isReceiverClosed) throw new BrokenPipeError('the other end of the pipe is closed');
        if (this.isSenderClosed) throw new BrokenPipeError('this end of the pipe was closed');
        if (this.parcels.length === 0 || this.bytes + parcel.bytes <= ROOM) break;
        this.hasLeft.clear();
        yield* this.hasLeft.wait();
      }
      this.parcels.push(parcel);
      this.bytes += parcel.bytes;
      this.hasArrived.set();
    } finally {
      this.sending.release();
    }
  }

  *receive(node: string): Coroutine<Grant> {
    yield* this.receiving.acquire();
    try {
      while (this.isInDoubt || this.parcels.length === 0) {
        if (this.hasEnded) throw new EOFError('the other end of the pipe is closed');
        this.hasArrived.clear();
        yield* this.hasArrived.wait();
      }
      const parcel = this.parcels.shift() as Parcel;
      this.bytes -= parcel.bytes;
      this.hasLeft.set();
      if (parcel.isForThreads && !network.isOfThisProcess(node)) throw notForThreads();
      this.isInDoubt = true;
      return new Grant(
        parcel,
        () => this.putBack(parcel),
        () => this.settle(),
      );
    } finally {
      this.receiving.release();
    }
  }

  /** Whether `receive()` would not wait. */
  *poll(timeout: number): Coroutine<boolean> {
    const until = hub.now() + timeout;
    for (;;) {
      if (this.isInDoubt) {
        this.hasArrived.clear();
        yield* this.hasArrived.wait();
        continue;
      }
      if (this.parcels.length > 0 || this.hasEnded) return true;
      const left = until - hub.now();
      if (!(left > 0)) return false;
      this.hasArrived.clear();
      yield* this.hasArrived.wait({ timeout: left });
    }
  }

  /** True once a receiver can get nothing more. */
  private get hasEnded(): boolean {
    return this.isReceiverClosed || (this.isSenderClosed && !this.isInDoubt && this.parcels.length === 0);
  }

  /** What was sent can still be received. */
  closeSender(): void {
    this.isSenderClosed = true;
    this.wakeAll();
  }

  closeReceiver(): void {
    this.isReceiverClosed = true;
    this.parcels.length = 0;
    this.bytes = 0;
    this.wakeAll();
  }

  private putBack(parcel: Parcel): void {
    if (!this.isReceiverClosed) {
      this.parcels.unshift(parcel);
      this.bytes += parcel.bytes;
    }
    this.settle();
  }

  private settle(): void {
    this.isInDoubt = false;
    this.hasArrived.set();
  }

  private wakeAll(): void {
    this.hasLeft.set();
    this.hasArrived.set();
  }
}
