import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { hub } from '../hub/loop/hub.ts';
import { webStreams } from './nodes-modules.ts';

/**
 * A request body that comes piece by piece, from a stream, a generator or another iterable. undici asks the source for
 * one more piece before it sees that its request is over, and `fetch` never stops asking. So this class owns the source
 * and ends it with the request: a stream is destroyed or cancelled, a generator runs its `finally`.
 */
export class Upload {
  /** The body to pass to the request. */
  readonly body: unknown;
  private readonly stop: (reason: unknown) => unknown;
  private readonly greenlet: RawGreenlet;
  private ended = false;

  /** @returns null if the body is already complete in memory */
  static of(body: unknown): Upload | null {
    if (typeof body !== 'object' || body === null) return null;
    if (isNodeStream(body)) return new Upload(body, (reason) => body.on('error', () => {}).destroy(reason as Error));
    // The sender refuses a stream that is being read elsewhere.
    if (body instanceof webStreams().ReadableStream) return body.locked || isDisturbed(body) ? null : ofWebStream(body);
    if (Symbol.asyncIterator in body) return ofAsyncIterable(body as AsyncIterable<unknown>);
    return isWhole(body) || !(Symbol.iterator in body) ? null : ofIterable(body as Iterable<unknown>);
  }

  /** @internal */
  constructor(body: unknown, stop: (reason: unknown) => unknown) {
    this.body = body;
    this.stop = stop;
    this.greenlet = kernel.current;
  }

  /** Ends the source. If its cleanup fails, `hub.handleError` gets the error. */
  end(reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    const report = (error: unknown): void => hub.handleError(this.greenlet, error);
    try {
      Promise.resolve(this.stop(reason)).catch(report);
    } catch (error) {
      report(error);
    }
  }
}

/** Node accepts both kinds of streams here; only its types lack one. */
const isDisturbed = Readable.isDisturbed as unknown as (stream: ReadableStream) => boolean;

/** Bytes, and other bodies that undici splits itself. */
function isWhole(body: object): boolean {
  const name: unknown = Reflect.get(body, Symbol.toStringTag);
  return Array.isArray(body) || ArrayBuffer.isView(body) || name === 'FormData' || name === 'URLSearchParams';
}

function isNodeStream(value: object): value is NodeJS.ReadableStream & { destroy(error?: Error): unknown } {
  return typeof Reflect.get(value, 'pipe') === 'function' && typeof Reflect.get(value, 'destroy') === 'function';
}

function ofWebStream(stream: ReadableStream): Upload {
  const reader = stream.getReader();
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  reader.closed.then(over, over);
  const body = new (webStreams().ReadableStream)(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Upload(body, (reason) => (isOver ? undefined : reader.cancel(reason)));
}

function ofAsyncIterable(source: AsyncIterable<unknown>): Upload {
  const owned = new Owned<AsyncIterator<unknown, unknown>>(source);
  const iterate = (): AsyncIterator<unknown, unknown> => {
    const iterator = owned.begin(source[Symbol.asyncIterator]());
    return {
      async next() {
        owned.check();
        try {
          const result = await iterator.next();
          if (result.done) owned.over();
          return result;
        } catch (error) {
          owned.over();
          throw error;
        }
      },
      return: async (value) => {
        await owned.end();
        return { done: true, value };
      },
    };
  };
  return new Upload({ [Symbol.asyncIterator]: iterate }, (reason) => owned.end(reason));
}

function ofIterable(source: Iterable<unknown>): Upload {
  const owned = new Owned<Iterator<unknown, unknown>>(source);
  const iterate = (): Iterator<unknown, unknown> => {
    const iterator = owned.begin(source[Symbol.iterator]());
    return {
      next() {
        owned.check();
        try {
          const result = iterator.next();
          if (result.done) owned.over();
          return result;
        } catch (error) {
          owned.over();
          throw error;
        }
      },
      return(value) {
        owned.end();
        return { done: true, value };
      },
    };
  };
  return new Upload({ [Symbol.iterator]: iterate }, (reason) => owned.end(reason));
}

/** The iterator of a body. It ends once, and gives nothing after that. */
class Owned<I extends { return?: (value?: unknown) => unknown }> {
  private iterator: I | null;
  private endedBy: { readonly reason: unknown } | null = null;

  /** @param source if it has not begun, it is ended only if it is an iterator itself, as a generator is */
  constructor(source: object) {
    this.iterator = 'next' in source ? (source as I) : null;
  }

  begin(iterator: I): I {
    this.iterator = iterator;
    return iterator;
  }

  /** @throws the reason why it was ended */
  check(): void {
    if (this.endedBy !== null) throw this.endedBy.reason;
  }

  over(): void {
    this.iterator = null;
  }

  /** @param reason thrown at the next read */
  end(reason: unknown = new Error('the body has ended')): unknown {
    const { iterator } = this;
    this.endedBy ??= { reason };
    this.iterator = null;
    return iterator?.return?.();
  }
}
