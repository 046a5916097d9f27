export type { TraceEvent } from './chrome-events.ts';
export type { GreenletInfo } from './greenlet-info.ts';
export type { ObjectInfo } from './object-info.ts';
export { type Recording, type RecordOptions, record } from './record.ts';
export { formatRunInfo, printRunInfo } from './run-info.ts';
export { type HubInfo, type Snapshot, type SnapshotOptions, snapshot } from './snapshot.ts';
export { stackOf } from './stack-of.ts';
export type { Trace, TraceJson } from './trace.ts';
export type { Warning } from './warnings.ts';
