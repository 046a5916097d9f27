/**
 * What a pool and its workers send each other: small arrays that begin with one of these numbers.
 *
 *     pool                                worker
 *      ◀──────────────────────── READY     its initializer has run (or FAILED, with the error)
 *      LOAD target, module, export ──▶     imports a function, before its first task
 *      ◀──────────── LOADED target, error?
 *      RUN id, target, arguments ────▶     one call; or CHUNK, with a list of items
 *      CALL_OFF id ──────────────────▶     kills its greenlet
 *      ◀──────────────── DONE id, value    or FAILED id, error, isOfCleanup; or CHUNK_DONE id, values, errors
 */
export const READY = 1;
export const INITIALIZER_FAILED = 2;
export const LOAD = 3;
export const LOADED = 4;
export const RUN = 5;
export const CHUNK = 6;
export const CALL_OFF = 7;
export const DONE = 8;
export const FAILED = 9;
export const CHUNK_DONE = 10;

export type Message = readonly [kind: number, ...fields: unknown[]];

/** How a worker goes through a chunk: the bits of a field of CHUNK. */
export const SPREAD = 1;
export const GO_ON = 2;
