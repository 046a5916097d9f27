import { type Coroutine, operation } from '../../greenlet/operation.ts';
import { getcurrent } from '../../greenlet/raw-greenlet.ts';
import { Iteration } from '../../hub/tasks/iteration.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { forEach } from '../../pool/for-each.ts';
import { type Source, type Steps, stepsOf, stop, take } from '../../pool/steps.ts';

/** The items of a source that need no waiting; null for others. */
export function presentItems<T>(source: Source<T>): T[] | null {
  if (Array.isArray(source)) return source.slice();
  const isSync = typeof source === 'string' || (Symbol.iterator in source && !(Symbol.asyncIterator in source));
  return isSync ? Array.from(source as Iterable<T>) : null;
}

/** All items of a source. */
export function* allItems<T>(source: Source<T>): Coroutine<T[]> {
  const items = presentItems(source);
  if (items !== null) return items;
  const read: T[] = [];
  yield* forEach(source, (item) => void read.push(item));
  return read;
}

/** Cuts a list into pieces. */
export function cut<T>(items: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let at = 0; at < items.length; at += size) pieces.push(items.slice(at, at + size));
  return pieces;
}

/** The chunks of a source that may be endless. An error of the source comes after the items before it. */
export function chunksOf<T>(source: Source<T>, size: number): Source<readonly T[]> {
  // An array and a set need no greenlet that reads them.
  if (Array.isArray(source) || source instanceof Set) return cut([...source], size);
  const reader = new ChunkReader(source, size);
  return new Iteration<readonly T[]>(
    () => operation(() => reader.next(), 'next()'),
    () => reader.close(),
  );
}

class ChunkReader<T> {
  private readonly steps: Steps<T>;
  private readonly size: number;
  private hasEnded = false;
  private failure: { readonly error: unknown } | null = null;

  constructor(source: Source<T>, size: number) {
    this.steps = stepsOf(source);
    this.size = size;
  }

  *next(): Coroutine<IteratorResult<readonly T[], undefined>> {
    const chunk: T[] = [];
    try {
      while (!this.hasEnded && chunk.length < this.size) {
        const step = yield* take(this.steps);
        if (step.done) {
          this.hasEnded = true;
          this.steps.finish?.();
        } else chunk.push(step.value);
      }
    } catch (error) {
      this.hasEnded = true;
      if (chunk.length === 0 || getcurrent().pending !== null) throw error;
      this.failure = { error };
    }
    if (chunk.length > 0) return { done: false, value: chunk };
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure.error;
    return { done: true, value: undefined };
  }

  close(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    spawn(stop<T>, this.steps, undefined, getcurrent());
  }
}
