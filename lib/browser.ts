/**
 * `greenhub` for browsers and web workers: exports what `index.ts` exports, without what only a process has. Bundlers choose it by the
 * condition `browser`.
 */
export * from './greenlet/index.ts';
export * from './hub/index.ts';
export * from './pool/index.ts';
export * from './sync/index.ts';
