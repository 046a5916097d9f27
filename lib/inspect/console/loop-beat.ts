import { type HostTimer, host } from '../../hub/loop/host.ts';
import { now } from '../clock.ts';

/** How often the event loop is asked for a sign of life, in milliseconds. */
const INTERVAL = 20;
/** It is blocked if the sign is late by so much. `watchBlocking()` has the same default. */
const THRESHOLD = 100;
const MOST = 100;

/** A time in which the event loop was blocked, in milliseconds of `performance.now()`. */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/** Finds the times in which something blocks the event loop, whether a greenlet or code outside greenlets. */
export class LoopBeat implements Disposable {
  /** The last ones, oldest first. */
  readonly blocks: Block[] = [];
  private last = now();
  private timer = this.next();

  [Symbol.dispose](): void {
    host.stopTimer(this.timer);
  }

  private beat(): void {
    const at = now();
    if (at - this.last >= INTERVAL + THRESHOLD) {
      if (this.blocks.length === MOST) this.blocks.shift();
      this.blocks.push({ from: this.last + INTERVAL, to: at });
    }
    this.last = at;
    this.timer = this.next();
  }

  private next(): HostTimer {
    return host.startTimer(() => this.beat(), INTERVAL).unref();
  }
}
