/** How a greenlet is resumed: with a value, with an error, or by unwinding frames past every `catch`. */
export const NEXT = 0;
export const THROW = 1;
export const UNWIND = 2;
export type Mode = typeof NEXT | typeof THROW | typeof UNWIND;

/**
 * The states of a greenlet. MAIN is what the trampoline itself stands for.
 *
 *     UNSTARTED ──▶ SUSPENDED ◀──resume── QUEUED ◀──wake── PARKED
 *                     │   └───────────────park──────────────▲
 *                     ▼
 *                    DEAD
 *
 * SUSPENDED covers running as well: nobody but the running greenlet itself can see the difference.
 */
export const UNSTARTED = 0;
export const SUSPENDED = 1;
export const PARKED = 2;
/** To be resumed by the hub. How is added to it. */
export const QUEUED = 3;
const QUEUED_TO_THROW = 4;
const QUEUED_TO_UNWIND = 5;
export const DEAD = 6;
export const MAIN = 7;
export type State =
  | typeof UNSTARTED
  | typeof SUSPENDED
  | typeof PARKED
  | typeof QUEUED
  | typeof QUEUED_TO_THROW
  | typeof QUEUED_TO_UNWIND
  | typeof DEAD
  | typeof MAIN;

/** The bits of the state in a number that holds more. */
export const STATE = 7;
/** The next bit: set for a greenlet that we keep only while it is parked; see `kept.ts`. */
export const LOOSE = 8;
/** The number of bits of both. */
export const STATE_BITS = 4;

export function isQueued(state: State): boolean {
  return state >= QUEUED && state < DEAD;
}
