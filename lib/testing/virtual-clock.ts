/// <reference lib="esnext.disposable" preserve="true" />
import { type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { checkedTime } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { getHub } from '../hub/index.ts';
import { type HostTimer, host } from '../hub/loop/host.ts';
import type { Clock } from '../hub/loop/timers.ts';
import { external } from '../hub/parking/external.ts';
import { HostActivity } from './host-activity.ts';
import { waitAllBlocked } from './wait-all-blocked.ts';

const hub = getHub();

export interface VirtualClockOptions {
  /** Whether time jumps to the next deadline by itself when nothing else can happen; true unless given. */
  autojump?: boolean;
  /**
   * Milliseconds of real time for which a jump waits where greenlets wait for promises or callbacks while I/O or a
   * timer of the host is under way (as far as the host can tell), which may be what settles them; 1,000 unless given. Whatever happens meanwhile
   * starts it anew. 0 does not wait for them.
   */
  patience?: number;
  /** The time that it starts at, in milliseconds; 0 unless given. */
  start?: number;
}

const CLOCK_OPTIONS: OptionNames<VirtualClockOptions> = { patience: 'number', start: 'number', autojump: 'boolean' };

/**
 * Time for tests. With autojump, time stands still while anything can go on, and jumps to the next deadline when every
 * greenlet is blocked and only timers are left: a test of an hour's back-off runs in milliseconds, and gives the same
 * times on every machine. Without, it moves by `advance()` alone. (The idea is that of trio's MockClock.)
 *
 * All that keeps time in greenhub follows it: `sleep`, `withTimeout`, `Timeout`, every `{ timeout }`, `spawnLater`,
 * `RateLimiter`, `retry`. What the host keeps (`setTimeout`, a server's own timeouts) does not.
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
  private previous: Clock | null = null;
  private activity: HostActivity | null = null;
  private lookAsked = false;
  private patienceTimer: HostTimer | null = null;
  private readonly onRest = (): void => this.lookSoon();

  /** @throws RangeError for negative times, TypeError for what is no number */
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
    return line('VirtualClock', 'VirtualClock', `at ${this.time} ms`, this.previous === null ? 'not installed' : null);
  }

  /** Makes one and installs it. */
  static install(options?: VirtualClockOptions): VirtualClock {
    return new VirtualClock(options).install();
  }

  /** Has the hub follow it from now on. Timers that run already go on with the time that they had left. */
  install(): this {
    if (this.previous !== null) return this;
    this.previous = hub.useClock(this);
    this.activity = new HostActivity();
    hub.afterDrain.add(this.onRest);
    return this;
  }

  /** Gives the hub the clock back that it had before. Timers that still run go on with the time that they had left. */
  uninstall(): void {
    if (this.previous === null) return;
    hub.useClock(this.previous);
    hub.afterDrain.delete(this.onRest);
    this.loseNoPatience();
    this.previous = null;
  }

  [Symbol.dispose](): void {
    this.uninstall();
  }

  /** Its time in milliseconds. */
  now(): number {
    return this.time;
  }

  /**
   * Lets time pass: to each deadline within it, one after the other, where all that is then ready runs before time goes
   * on.
   *
   * @param ms milliseconds
   * @throws RangeError for NaN, Infinity and negative times
   *
   * @example
   * using clock = VirtualClock.install({ autojump: false });
   * const job = spawn(backOff);
   * await clock.advance(60_000);
   */
  advance(ms: number): Operation<void> {
    if (checkedTime(ms, 'the time to advance') === Infinity) throw new RangeError('a clock cannot advance for ever');
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

  /** Looks, a turn of the event loop later, whether only timers are left. */
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
    // What is ready runs first, and the clock hears when that is over.
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
