import type { Coroutine } from '../../greenlet/operation.ts';
import { stopReader, take } from '../../pool/steps.ts';
import { boundBySignal } from '../bound-by-signal.ts';
import { type AnyFunction, type Inside, patchFunction } from '../patch-function.ts';
import { install } from '../patches.ts';

interface WebWriter {
  abort(reason: unknown): PromiseLike<void>;
  releaseLock(): void;
}

/**
 * Patches the streams of the web. `yield* reader.read()` waits for a chunk, and `yield* writer.write(chunk)` until the sink has
 * taken it. If the greenlet is cancelled meanwhile, the stream is cancelled or aborted, and its lock is released. Cancelling a
 * greenlet that has called `pipeTo()` aborts the pipe. (`forEach(stream, …)` needs no patch.)
 */
export function patchStreams(): void {
  install(patchStreams, (replace) => {
    const patch = (kind: string, method: string, inside: Inside): void => {
      const { prototype } = (globalThis as unknown as Record<string, AnyFunction | undefined>)[kind] ?? {};
      if (prototype !== undefined) patchFunction(replace, `globalThis.${kind}`, prototype, method, inside);
    };
    patch('ReadableStreamDefaultReader', 'read', stoppedBy(stopReader));
    patch('ReadableStreamBYOBReader', 'read', stoppedBy(stopReader));
    patch('WritableStreamDefaultWriter', 'write', stoppedBy(abort));
    patch('ReadableStream', 'pipeTo', boundBySignal(1));
  });
}

/** Lets `yield*` of a method's promise stop the stream if the waiter is cancelled. */
function stoppedBy<T>(stop: (end: T, because: unknown) => PromiseLike<void>): Inside {
  return (original, self, args) => {
    const promise = original.apply(self, args) as Promise<unknown>;
    return Object.defineProperty(promise, Symbol.iterator, {
      configurable: true,
      *value(): Coroutine<unknown> {
        const step = yield* take({
          cleanup: 'the end of a stream',
          next: () => promise.then((value) => ({ done: true, value })),
          stop: (because) => stop(self as T, because),
        });
        return step.value;
      },
    });
  };
}

/** Other greenlets that use the stream get an error of its own: a `GreenletExit` would end them without a report. */
function abort(writer: WebWriter): PromiseLike<void> {
  const aborted = writer.abort(new DOMException('the greenlet that waited for write() was cancelled', 'AbortError'));
  // The abort waits for the sink, which may take long. The lock does not.
  writer.releaseLock();
  return aborted;
}
