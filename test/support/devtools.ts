/** The trace parser of Chrome's DevTools, for traces that we write. */
import type { TraceEvent } from '../../lib/inspect/chrome-events.ts';

interface TraceEngine {
  Handlers: {
    ModelHandlers: {
      Flows: {
        reset(): void;
        handleEvent(event: TraceEvent): void;
        finalize(): Promise<void>;
        data(): { flows: TraceEvent[][] };
      };
    };
  };
  Helpers: {
    Trace: { sortTraceEventsInPlace(events: TraceEvent[]): void };
    TreeHelpers: { canBuildTreesFromEvents(events: TraceEvent[]): boolean };
  };
  TraceModel: {
    Model: {
      createWithAllHandlers(): { parse(events: TraceEvent[], config: object): Promise<void>; parsedTrace(): unknown };
    };
  };
}

/** It expects a browser. */
Object.assign(globalThis, { DOMRect: class {} });
const path = '@paulirish/trace_engine/models/trace/trace.js';
const engine = (await import(path)) as TraceEngine;

/** What DevTools read from a trace. */
export interface Parsed {
  /** The name of each track. */
  tracks: Map<number, string>;
  /** The slices of each track, by its name. */
  slices: Map<string, TraceEvent[]>;
  /** `[the track that wakes, what it does there, the slice that begins]`, for each arrow. */
  arrows: [string, string, string][];
}

/** Parses a trace with all that DevTools have. Throws if they cannot read it, or if its slices do not nest. */
export async function parseTrace(text: string): Promise<Parsed> {
  const { traceEvents } = JSON.parse(text) as { traceEvents: TraceEvent[] };
  const model = engine.TraceModel.Model.createWithAllHandlers();
  await model.parse(traceEvents, {});
  if (!model.parsedTrace()) throw new Error('DevTools find no trace in it');

  const tracks = new Map<number, string>();
  for (const { name, tid, args } of traceEvents) if (name === 'thread_name') tracks.set(tid, String(args?.name));
  const slices = new Map<string, TraceEvent[]>();
  for (const [tid, track] of tracks) {
    const own = traceEvents.filter((event) => event.ph === 'X' && event.tid === tid);
    engine.Helpers.Trace.sortTraceEventsInPlace(own);
    if (!engine.Helpers.TreeHelpers.canBuildTreesFromEvents(own)) throw new Error(`the slices of ${track} do not nest`);
    slices.set(track, own);
  }
  return { tracks, slices, arrows: (await flowsOf(traceEvents)).map((flow) => arrowOf(flow, tracks)) };
}

async function flowsOf(events: TraceEvent[]): Promise<TraceEvent[][]> {
  const { Flows } = engine.Handlers.ModelHandlers;
  const inOrder = [...events];
  engine.Helpers.Trace.sortTraceEventsInPlace(inOrder);
  Flows.reset();
  for (const event of inOrder) Flows.handleEvent(event);
  await Flows.finalize();
  return Flows.data().flows;
}

function arrowOf([from, to]: TraceEvent[], tracks: Map<number, string>): [string, string, string] {
  return [tracks.get(from?.tid ?? 0) ?? '', from?.name ?? '', to?.name ?? ''];
}
