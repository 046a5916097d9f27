/** How a greenlet is resumed: with a value, with an error, or by unwinding frames past every `catch`. */
export const NEXT = 0;
export const THROW = 1;
export const UNWIND = 2;
export type Mode = typeof NEXT | typeof THROW | typeof UNWIND;

/** The states of a greenlet: see `life.ts`. */
export const UNSTARTED = 0;
export const SUSPENDED = 1;
export const PARKED = 2;
/** The hub will resume it. The mode is added to this number. */
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

export function isQueued(state: State): boolean {
  return state >= QUEUED && state < DEAD;
}
