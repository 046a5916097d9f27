/// <reference lib="esnext.disposable" preserve="true" />
import { type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { checkedTime } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { external } from '../hub/loop/external-waits.ts';
import { type HostTimer, host } from '../hub/loop/host.ts';
import { hub } from '../hub/loop/hub.ts';
import type { Clock } from '../hub/loop/timers.ts';
import { HostActivity } from './host-activity.ts';
import { dropClock, useClock } from './use-clock.ts';
import { waitAllBlocked } from './wait-all-blocked.ts';

export interface VirtualClockOptions {
  /** Whether time jumps to the next deadline when nothing else can happen; true by default. */
  autojump?: boolean | undefined;
  /**
   * How many milliseconds of real time a jump is delayed while greenlets wait for promises or callbacks that I/O or a
   * timer of the host may settle, as far as the host can tell; 1,000 by default. Any activity of the hub restarts the
   * delay. 0 means no delay.
   */
  patience?: number | undefined;
  /** The initial time in milliseconds; 0 by default. A date, such as `Date.UTC(2026, 2, 28)`, is also that of embedded apps. */
  start?: number | undefined;
}

const CLOCK_OPTIONS: OptionNames<VirtualClockOptions> = { patience: 'number', start: 'number', autojump: 'boolean' };

/**
 * A clock for tests. With autojump, time stands still while any greenlet can run, and jumps to the next deadline when
 * all are blocked and only timers are left. So a test of an hour's back-off runs in milliseconds, and gives the same
 * times on every machine. Without autojump, only `advance()` moves time. (The idea is from trio's MockClock.)
 *
 * All times of greenhub follow it: `sleep`, `withTimeout`, `Timeout`, every `{ timeout }`, `spawnLater`, `RateLimiter`,
 * `retry`. Timers of the host (`setTimeout`, a server's own timeouts) do not.
 *
 * @example
 * using clock = VirtualClock.install();
 * await sleep(3_600_000);
 * clock.now(); // 3600000, a moment later
 */
export class VirtualClock extends Shown implements Clock {
  private time: number;
  private readonly autojump: boolean;
  private readonly patience: number;
  private armed: { readonly at: number; readonly fn: () => void } | null = null;
  /** Null unless it is installed. */
  private activity: HostActivity | null = null;
  private lookAsked = false;
  private patienceTimer: HostTimer | null = null;
  private readonly onRest = (): void => this.lookSoon();

  /** @throws RangeError if a time is negative; TypeError if it is not a number */
  constructor(options: VirtualClockOptions = {}) {
    super();
    checkedOptions(options, CLOCK_OPTIONS, 'new VirtualClock()');
    const { autojump = true, patience = 1_000, start = 0 } = options;
    this.autojump = autojump;
    this.patience = checkedTime(patience, "a VirtualClock's patience");
    this.time = checkedTime(start, "a VirtualClock's start");
  }

  /** @internal */
  [TEXT](): string {
    return line('VirtualClock', 'VirtualClock', `at ${this.time} ms`, this.activity === null ? 'not installed' : null);
  }

  /** Creates a clock and installs it. */
  static install(options?: VirtualClockOptions): VirtualClock {
    return new VirtualClock(options).install();
  }

  /** Makes the hub use this clock from now on. Running timers keep the time they have left. */
  install(): this {
    if (this.activity !== null) return this;
    useClock(this);
    this.activity = new HostActivity();
    hub.afterDrain.add(this.onRest);
    return this;
  }

  /**
   * Restores the hub's previous clock, unless another clock was installed since: the hub follows that one until it is uninstalled
   * as well. Running timers keep the time they have left.
   */
  uninstall(): void {
    if (this.activity === null) return;
    this.activity = null;
    dropClock(this);
    hub.afterDrain.delete(this.onRest);
    this.loseNoPatience();
  }

  [Symbol.dispose](): void {
    this.uninstall();
  }

  /** Returns the current time in milliseconds. */
  now(): number {
    return this.time;
  }

  /**
   * Moves time forward, one deadline after the other. At each deadline, all ready greenlets run before time moves on.
   *
   * @param ms how many milliseconds to advance
   * @returns an operation that ends when the time has passed
   * @throws RangeError if `ms` is negative, NaN or Infinity
   *
   * @example
   * using clock = VirtualClock.install({ autojump: false });
   * const job = spawn(backOff);
   * await clock.advance(60_000);
   */
  advance(ms: number): Operation<void> {
    if (checkedTime(ms, 'the time to advance') === Infinity)
      throw new RangeError('a VirtualClock cannot advance by Infinity: pass a finite number of milliseconds');
    const clock = this;
    return operation(function* () {
      const end = clock.time + ms;
      for (;;) {
        yield* waitAllBlocked();
        if (clock.armed === null || clock.armed.at > end) break;
        clock.jump(clock.armed);
      }
      clock.time = Math.max(clock.time, end);
    }, 'advance()');
  }

  /** @internal */
  arm(ms: number, fn: () => void): void {
    this.armed = { at: this.time + ms, fn };
    this.lookSoon();
  }

  /** @internal */
  disarm(): void {
    this.armed = null;
    this.loseNoPatience();
  }

  private jump({ at, fn }: { readonly at: number; readonly fn: () => void }): void {
    this.armed = null;
    this.time = Math.max(this.time, at);
    fn();
  }

  /** Checks, after a turn of the event loop, whether only timers are left. */
  private lookSoon(): void {
    this.loseNoPatience();
    if (!this.autojump || this.armed === null || this.lookAsked) return;
    this.lookAsked = true;
    host.nextTurn(() => {
      this.lookAsked = false;
      this.look();
    });
  }

  private look(): void {
    // Ready greenlets run first. The hub calls `onRest` when they have.
    if (this.armed === null || !hub.resting) return;
    if (hub.hasIdlers) this.lookSoon();
    else if (external.waits > 0 && this.patience > 0 && this.activity?.hasGrown() === true) {
      if (this.patience !== Infinity)
        this.patienceTimer ??= host.startTimer(() => this.jumpAfterPatience(), this.patience);
    } else this.jump(this.armed);
  }

  private jumpAfterPatience(): void {
    this.patienceTimer = null;
    if (this.armed !== null && hub.resting) this.jump(this.armed);
  }

  private loseNoPatience(): void {
    if (this.patienceTimer !== null) host.stopTimer(this.patienceTimer);
    this.patienceTimer = null;
  }
}
