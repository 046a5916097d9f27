/**
 * The request in which the running code was called. workerd does not tell which one that is. But it refuses access to the I/O objects
 * of other requests, and an abort signal is one.
 */
export class Presence {
  /** An object of this request. Null for the code that loads the program, where such objects cannot be made. */
  private readonly own: AbortSignal | null = newSignal();
  private readonly waiting: (() => void)[] = [];
  private summon!: () => void;

  constructor() {
    this.awaitSummons();
  }

  /** True if the code that calls this runs in this request. */
  isHere(): boolean {
    if (this.own === null) return newSignal() === null;
    try {
      // Reading it throws in other requests.
      void this.own.aborted;
      return true;
    } catch {
      return false;
    }
  }

  /** Calls `schedule(fn)` in this request: at once if it is running, else when the platform comes back to it. */
  whenHere(schedule: (fn: () => void) => void, fn: () => void): void {
    if (this.isHere()) {
      schedule(fn);
      return;
    }
    this.waiting.push(() => schedule(fn));
    this.summon();
  }

  /** The callback of a promise runs in the request that made the promise, whichever request resolves it. */
  private awaitSummons(): void {
    new Promise<void>((resolve) => {
      this.summon = resolve;
    }).then(() => {
      this.awaitSummons();
      for (const fn of this.waiting.splice(0)) fn();
    });
  }
}

function newSignal(): AbortSignal | null {
  try {
    return new AbortController().signal;
  } catch {
    return null;
  }
}
