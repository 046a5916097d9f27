/** The memory that a program shares with the thread that watches it: which word holds what. */
export const word = {
  /** Grows with each switch, and several times in `threshold` while the event loop turns. */
  BEATS: 0,
  /** 1 while the inspector is open. Then the watcher does nothing. */
  IS_DEBUGGED: 1,
} as const;
export const WORDS = 2;

/** How often, in one threshold, the event loop beats and the watcher looks. */
export const LOOKS = 4;

/** The longest threshold: the longest delay that Node's timers accept, in milliseconds. */
export const LONGEST = 2 ** 31 - 1;

/** What the watcher gets. */
export interface WatchOrder {
  readonly words: Int32Array;
  /** Milliseconds without a beat. */
  readonly threshold: number;
  /** The key in `globalThis`, of the main thread, of the function to call while it blocks. */
  readonly key: string;
}
