/** Thrown by `assertNoLeaks()` if the body leaves something behind. */
export class LeakError extends Error {
  override name = 'LeakError';
  /** The leaks, one line each. */
  readonly leaks: readonly string[];

  constructor(leaks: readonly string[]) {
    super(`left behind:\n${leaks.map((leak) => `  ${leak}`).join('\n')}`);
    this.leaks = leaks;
  }
}

/** Thrown if a scenario fails under a schedule. `cause` is the original error. */
export class ScheduleError extends Error {
  override name = 'ScheduleError';
  /** The seed that replays the schedule. */
  readonly seed: number;
  /** The steps of the simplest failing schedule that was found. */
  readonly trace: readonly string[];

  constructor(message: string, seed: number, trace: readonly string[], cause: unknown) {
    super(message, { cause });
    this.seed = seed;
    this.trace = trace;
  }
}
