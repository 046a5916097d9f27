import { closeSync, openSync, writeFileSync } from 'node:fs';
import { counted, INSPECT, shown, TEXT, type Telling, titled } from '../greenlet/shown.ts';
import { chromeEvents, type TraceEvent, type TraceSource } from './chrome-events.ts';

/** A trace in Chrome's format, as `JSON.stringify(trace)` writes it. */
export interface TraceJson {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ns';
  readonly otherData: { readonly version: string; readonly dropped: number };
}

/** Characters to gather before a write. */
const CHUNK = 65_536;

/**
 * What `record()` has recorded. Open the file in https://ui.perfetto.dev or `chrome://tracing`.
 *
 * @example
 * const recording = record();
 * await run(main);
 * recording.stop().write('trace.json');
 */
export class Trace implements Telling {
  private readonly source: TraceSource;

  /** @internal */
  constructor(source: TraceSource) {
    this.source = source;
  }

  /** How many events were recorded and are in the trace. */
  get events(): number {
    return this.source.log.added - this.dropped;
  }

  /** How many of the oldest events are missing, because there were more than `maxEvents`. */
  get dropped(): number {
    return this.source.log.dropped;
  }

  /** The trace in Chrome's format. A million events take about a gigabyte of objects; `write()` needs none of that. */
  toJSON(): TraceJson {
    const traceEvents: TraceEvent[] = [];
    chromeEvents(this.source, (event) => traceEvents.push(event));
    return { traceEvents, ...this.frame };
  }

  /**
   * Writes the trace to a file, in pieces. It blocks the event loop until the file is written, some seconds for a
   * million events.
   *
   * @throws the error of the file system
   */
  write(path: string | URL): void {
    const file = openSync(path, 'w');
    try {
      let text = '{"traceEvents":[\n';
      let separator = '';
      chromeEvents(this.source, (event) => {
        text += separator + JSON.stringify(event);
        separator = ',\n';
        if (text.length < CHUNK) return;
        // Not `writeSync()`, which may write a part only.
        writeFileSync(file, text);
        text = '';
      });
      writeFileSync(file, `${text}\n],${JSON.stringify(this.frame).slice(1)}\n`);
    } finally {
      closeSync(file);
    }
  }

  /** One line: how many events it has, and how many are missing. */
  toString(): string {
    return shown(this);
  }

  /** What `console.log()` prints: the same line. */
  [INSPECT](): string {
    return shown(this);
  }

  /** @internal */
  [TEXT](): string {
    const { dropped } = this;
    return titled('Trace', counted(this.events, 'event'), dropped === 0 ? null : `${dropped} dropped`);
  }

  private get frame(): Omit<TraceJson, 'traceEvents'> {
    return { displayTimeUnit: 'ns', otherData: { version: 'greenhub', dropped: this.dropped } };
  }
}
