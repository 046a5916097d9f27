import { type HostTimer, host } from '../hub/loop/host.ts';

/** Calls a function again and again, in real time. */
export class Repeating {
  private timer: HostTimer;

  /** @param ms the time between two calls */
  constructor(ms: number, fn: () => void) {
    const next = (): void => {
      this.timer = host.startTimer(next, ms);
      fn();
    };
    this.timer = host.startTimer(next, ms);
  }

  stop(): void {
    host.stopTimer(this.timer);
  }
}
