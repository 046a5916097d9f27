/**
 * `greenhub` for browsers and web workers: it exports what `index.ts` exports, without the code for processes. Bundlers choose it
 * by the condition `browser`.
 */
export * from './greenlet/index.ts';
export * from './hub/index.ts';
export * from './pool/index.ts';
export * from './sync/index.ts';
