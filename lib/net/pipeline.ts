import type { Socket as Stream } from 'node:net';

/** An answer that waits for earlier ones of its connection. */
interface Queued {
  /** Called when the connection breaks, so that no client gets the answer. */
  closed(): void;
}

/** The HTTP answers of one connection that wait for earlier ones. Clients may send several requests at once. */
export class Pipeline {
  readonly waiting = new Set<Queued>();
  /** The newest of them; null if none waits. */
  newest: Queued | null = null;
  /** True once the last answer is decided. No later request begins, because no client would get its answer. */
  isClosing = false;

  add(queued: Queued): void {
    this.waiting.add(queued);
    this.newest = queued;
  }

  delete(queued: Queued): void {
    this.waiting.delete(queued);
    if (this.newest === queued) this.newest = null;
  }
}

const pipelines = new WeakMap<Stream, Pipeline>();

/** The pipeline of a connection; undefined if no answer had to wait so far. */
export function pipelineOf(stream: Stream): Pipeline | undefined {
  return pipelines.get(stream);
}

/** The pipeline of a connection, created on first use. */
export function openPipeline(stream: Stream): Pipeline {
  let pipeline = pipelines.get(stream);
  if (pipeline === undefined) {
    const opened = new Pipeline();
    pipeline = opened;
    pipelines.set(stream, opened);
    // Node does not notify a waiting answer when its connection breaks.
    stream.once('close', () => {
      pipelines.delete(stream);
      for (const queued of opened.waiting) queued.closed();
    });
  }
  return pipeline;
}
