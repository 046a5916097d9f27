/** The time since 1970, which is the time of jobs. Captured when this module loads, because test runners replace clocks. */
import { hub } from '../hub/loop/hub.ts';
import { type Clock, HostClock } from '../hub/loop/timers.ts';

const RealDate = Date;
const { now } = Date;

/** From here on, the time of a virtual clock is a date: the first day of 1980, in milliseconds since 1970. */
const FIRST_DATE = 315_532_800_000;

/** For each other clock: the time since 1970 at its zero. */
const origins = new WeakMap<Clock, number>();

/** Milliseconds since 1970, by the clock of the host. */
export function realTime(): number {
  return now.call(RealDate);
}

/** The same by the hub's clock. A virtual one that was not started at a date starts at the real time. */
export function wallTime(): number {
  const { clock } = hub.timers;
  if (clock instanceof HostClock) return realTime();
  let origin = origins.get(clock);
  if (origin === undefined) {
    const now = clock.now();
    origin = now >= FIRST_DATE ? 0 : realTime() - now;
    origins.set(clock, origin);
  }
  return origin + clock.now();
}

export function dateOf(ms: number): Date {
  return new RealDate(ms);
}
