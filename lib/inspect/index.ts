export type { TraceEvent } from './chrome-events.ts';
export { type Recording, type RecordOptions, record } from './record.ts';
export { stackOf } from './stack-of.ts';
export type { Trace, TraceJson } from './trace.ts';
