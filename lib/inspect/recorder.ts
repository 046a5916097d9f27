import { GreenletExit, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { DEAD, isQueued, PARKED, UNSTARTED } from '../greenlet/state.ts';
import { hub } from '../hub/loop/hub.ts';
import { now } from './clock.ts';
import { EventLog, HUB, kind, stop } from './event-log.ts';
import { NOT_TO_BE_SHOWN } from './identity.ts';
import { Names } from './names.ts';
import { moment, type Tool } from './observing.ts';
import { TrackNames } from './track-names.ts';
import { Tracks } from './tracks.ts';

/** Writes the events of all greenlets into an `EventLog`. It holds no greenlet and nothing that one waits for. */
export class Recorder implements Tool {
  readonly followsSwitches = true;
  readonly readsClock = true;
  readonly log: EventLog;
  readonly names = new Names();
  readonly tracks = new Tracks();
  readonly trackNames = new TrackNames(this.names);
  private timers = 0;

  constructor(maxEvents: number) {
    this.log = new EventLog(maxEvents);
    this.log.add(now(), kind.RUN, this.tracks.of(kernel.current), stop.SWITCHED);
  }

  spawned(greenlet: RawGreenlet): void {
    this.log.add(moment.at, kind.SPAWN, this.tracks.of(greenlet), this.tracks.of(kernel.current));
  }

  woken(greenlet: RawGreenlet): void {
    this.log.add(moment.at, kind.WAKE, this.tracks.of(greenlet), this.tracks.of(kernel.current));
  }

  switched(origin: RawGreenlet, target: RawGreenlet): void {
    this.log.add(moment.at, kind.RUN, this.tracks.of(target), origin === target ? stop.READY : this.reasonOf(origin));
    if (target !== kernel.main) return;
    this.tracks.rest();
    const { size } = hub.timers;
    if (size === this.timers) return;
    this.timers = size;
    this.log.add(moment.at, kind.TIMERS, HUB, size);
  }

  killed(greenlet: RawGreenlet): void {
    this.log.add(moment.at, kind.KILL, this.tracks.of(greenlet), this.tracks.of(kernel.current));
  }

  timedOut(greenlet: RawGreenlet): void {
    this.log.add(moment.at, kind.TIMEOUT, this.tracks.of(greenlet), 0);
  }

  ended(greenlet: RawGreenlet, hasFailed: boolean, result: unknown): void {
    const isError = hasFailed && !isA(result, GreenletExit);
    this.log.add(
      moment.at,
      isError ? kind.FAIL : kind.END,
      this.tracks.of(greenlet),
      this.trackNames.numberOf(greenlet),
    );
    this.tracks.release(greenlet);
  }

  failed(greenlet: RawGreenlet): void {
    this.log.add(moment.at, kind.UNTAKEN, this.tracks.of(greenlet), 0);
  }

  /** Why a greenlet has stopped running; see `stop`. */
  reasonOf(greenlet: RawGreenlet): number {
    const { state } = greenlet;
    if (state === PARKED) return this.waitOf(greenlet);
    if (state === DEAD) return stop.ENDED;
    return isQueued(state) || state === UNSTARTED ? stop.READY : stop.SWITCHED;
  }

  /** The number that stands for the name of its wait. */
  private waitOf({ waiting }: RawGreenlet): number {
    try {
      return this.names.numberOf(waiting?.describe() ?? '');
    } catch {
      // A name that the program has given may not convert to a string. An error here would end the hub.
      return this.names.numberOf(NOT_TO_BE_SHOWN);
    }
  }
}
