/**
 * The tools of this room share the one observer of the core. It reads the clock once for each event, and calls each tool. While no
 * tool is on, the core has no observer.
 */
import { type Observer, setObserver } from '../greenlet/observer.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { now } from './clock.ts';

/** The time of the present event, in milliseconds of `performance.now()`. */
export const moment = { at: 0 };

/** An observer that says whether it reads `moment`. If no tool does, the clock is not read, which is most of the cost. */
export interface Tool extends Observer {
  readonly readsClock: boolean;
}

/** Calls several observers. It never changes, so that an event reaches the observers that were on when it happened. */
class Fan implements Observer {
  readonly followsSwitches: boolean;
  private readonly readsClock: boolean;
  readonly observers: readonly Tool[];
  // The observers that follow switches. Usually there is one.
  private readonly first: Observer;
  private readonly others: readonly Observer[] | null;

  constructor(observers: readonly Tool[]) {
    this.observers = observers;
    this.readsClock = observers.some(({ readsClock }) => readsClock);
    const [first, ...others] = observers.filter(({ followsSwitches }) => followsSwitches);
    this.followsSwitches = first !== undefined;
    this.first = first ?? this;
    this.others = others.length === 0 ? null : others;
  }

  spawned(greenlet: RawGreenlet): void {
    this.stamp();
    for (const observer of this.observers) observer.spawned(greenlet);
  }

  woken(greenlet: RawGreenlet): void {
    if (!this.followsSwitches) return;
    this.stamp();
    this.first.woken(greenlet);
    if (this.others !== null) for (const observer of this.others) observer.woken(greenlet);
  }

  switched(origin: RawGreenlet, target: RawGreenlet): void {
    this.stamp();
    this.first.switched(origin, target);
    if (this.others !== null) for (const observer of this.others) observer.switched(origin, target);
  }

  killed(greenlet: RawGreenlet): void {
    this.stamp();
    for (const observer of this.observers) observer.killed(greenlet);
  }

  timedOut(greenlet: RawGreenlet): void {
    this.stamp();
    for (const observer of this.observers) observer.timedOut(greenlet);
  }

  ended(greenlet: RawGreenlet, hasFailed: boolean, result: unknown): void {
    this.stamp();
    for (const observer of this.observers) observer.ended(greenlet, hasFailed, result);
  }

  failed(greenlet: RawGreenlet, error: unknown): void {
    this.stamp();
    for (const observer of this.observers) observer.failed(greenlet, error);
  }

  private stamp(): void {
    if (this.readsClock) moment.at = now();
  }
}

let fan = new Fan([]);

/**
 * Turns an observer on. An observer that does not follow switches is not told of wakes either.
 *
 * @returns a function that turns it off; calling it again does nothing
 */
export function observe(observer: Tool): () => void {
  change([...fan.observers, observer]);
  return () => change(fan.observers.filter((other) => other !== observer));
}

/**
 * Calls `fn` at each switch, and at nothing else. The clock is not read.
 *
 * @returns a function that ends it
 */
export function observeSwitches(fn: () => void): () => void {
  return observe({
    followsSwitches: true,
    readsClock: false,
    switched: fn,
    spawned: nothing,
    woken: nothing,
    killed: nothing,
    timedOut: nothing,
    ended: nothing,
    failed: nothing,
  });
}

function nothing(): void {}

function change(observers: readonly Tool[]): void {
  fan = new Fan(observers);
  setObserver(observers.length === 0 ? null : fan);
}
