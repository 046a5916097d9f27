/** What happened. The columns of `EventLog` say what `other` means. */
export const kind = {
  /** The slice of the running greenlet ends, and `who` runs. `other`: why the one before has stopped; see `stop`. */
  RUN: 1,
  /** `other` has started `who`. */
  SPAWN: 2,
  /** `other` has ended a wait of `who`. */
  WAKE: 3,
  /** `other` kills `who`. */
  KILL: 4,
  /** A time limit of `who` is up. */
  TIMEOUT: 5,
  /** `who` has returned, or was killed. `other`: its name; see `TrackNames`. */
  END: 6,
  /** `who` has thrown. `other`: its name, too. */
  FAIL: 7,
  /** Nobody took the error of `who`. */
  UNTAKEN: 8,
  /** The number of timers is `other` now. `who`: the hub. */
  TIMERS: 9,
} as const;
export type Kind = (typeof kind)[keyof typeof kind];

/** Why a slice has ended: the number of the name of what the greenlet waits for, or one of these. */
export const stop = { READY: -1, ENDED: -2, SWITCHED: -3 } as const;

/** The track of the hub and of the code outside greenlets. Greenlets have their ids, and raw greenlets negative numbers. */
export const HUB = 0;

/** One event. */
export interface LoggedEvent {
  readonly at: number;
  readonly kind: Kind;
  readonly who: number;
  readonly other: number;
}

/** The numbers of an event: when, `who` and the kind together, and `other`. */
const NUMBERS = 3;
/** `who` is multiplied by this to make room for the kind. */
const KINDS = 16;

/**
 * The last `capacity` events. An event takes 24 bytes, and nothing is allocated for it.
 *
 *     rows  [ 12.5  3·16 + RUN  -1 │ 12.6  4·16 + WAKE  3 │ …          ]
 *             at    who, kind  other                       ▲ next: the oldest event, once the ring is full
 */
export class EventLog {
  /** How many times the ring has been full. */
  private rounds = 0;
  private next = 0;
  private readonly end: number;
  private readonly rows: Float64Array;

  constructor(capacity: number) {
    this.end = capacity * NUMBERS;
    this.rows = new Float64Array(this.end);
  }

  /** How many events were added. */
  get added(): number {
    return (this.rounds * this.end + this.next) / NUMBERS;
  }

  /** How many events are gone, because newer ones needed their place. */
  get dropped(): number {
    return Math.max(0, this.added - this.end / NUMBERS);
  }

  add(at: number, kind: Kind, who: number, other: number): void {
    const { rows, next } = this;
    rows[next] = at;
    rows[next + 1] = who * KINDS + kind;
    rows[next + 2] = other;
    if (next + NUMBERS < this.end) this.next = next + NUMBERS;
    else {
      this.next = 0;
      this.rounds += 1;
    }
  }

  /** The events that are left, oldest first. */
  *[Symbol.iterator](): Generator<LoggedEvent, void, unknown> {
    if (this.rounds > 0) yield* this.between(this.next, this.end);
    yield* this.between(0, this.next);
  }

  private *between(start: number, end: number): Generator<LoggedEvent, void, unknown> {
    const { rows } = this;
    for (let i = start; i < end; i += NUMBERS) {
      const what = rows[i + 1] as number;
      const who = Math.floor(what / KINDS);
      yield { at: rows[i] as number, kind: (what - who * KINDS) as Kind, who, other: rows[i + 2] as number };
    }
  }
}
