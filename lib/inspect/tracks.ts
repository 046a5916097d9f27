import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { MainWait } from '../hub/loop/main-wait.ts';
import { HUB } from './event-log.ts';
import { nameText } from './greenlet-info.ts';

/**
 * The numbers of tracks. A greenlet of the hub has its id. Raw greenlets get numbers from -1 down when they are first seen. The waits
 * of main share as few tracks as they can, because each `await` outside greenlets is a greenlet of its own.
 */
export class Tracks {
  private readonly raw = new WeakMap<RawGreenlet, number>();
  private readonly names = new Map<number, string>();
  private readonly freeForMain: number[] = [];
  private lastRaw = 0;
  // A cache of the last two greenlets, because raw greenlets often switch in pairs.
  private latest: RawGreenlet | null = null;
  private latestTrack = 0;
  private second: RawGreenlet | null = null;
  private secondTrack = 0;

  /** The track of a greenlet; `HUB` for main. */
  of(greenlet: RawGreenlet): number {
    const { id } = greenlet as { id?: number };
    if (id !== undefined) return id;
    if (greenlet === kernel.main) return HUB;
    if (greenlet === this.latest) return this.latestTrack;
    if (greenlet === this.second) return this.secondTrack;
    const track = this.raw.get(greenlet) ?? this.give(greenlet);
    this.second = this.latest;
    this.secondTrack = this.latestTrack;
    this.latest = greenlet;
    this.latestTrack = track;
    return track;
  }

  /** A greenlet has ended. */
  release(greenlet: RawGreenlet): void {
    if (greenlet instanceof MainWait) this.freeForMain.push(this.of(greenlet));
    this.rest();
  }

  /** Empties the cache, so that it keeps no greenlet alive while none runs. */
  rest(): void {
    this.latest = null;
    this.second = null;
  }

  /** The name of the track of a raw greenlet, or of main's waits. */
  nameOf(track: number): string | undefined {
    return this.names.get(track);
  }

  private give(greenlet: RawGreenlet): number {
    const isMain = greenlet instanceof MainWait;
    const free = isMain ? this.freeForMain.pop() : undefined;
    if (free === undefined) this.lastRaw -= 1;
    const track = free ?? this.lastRaw;
    this.raw.set(greenlet, track);
    if (free === undefined) this.names.set(track, isMain ? 'await in main' : nameText(greenlet));
    return track;
  }
}
