import type { Coroutine } from '../../greenlet/operation.ts';
import type { Group } from '../../pool/group.ts';
import type { Result } from '../../pool/mapping.ts';
import type { Source } from '../../pool/steps.ts';
import { WindowedMapping } from '../../pool/windowed-mapping.ts';
import type { ChunkResult } from './tasks.ts';

/** Maps chunks of items, and gives the results of the items one by one. A chunk counts as given with its last item. */
export class ChunkMapping<R> extends WindowedMapping<readonly unknown[], R> {
  /** The next item of the first chunk in line. */
  private next = 0;

  /**
   * @param run gives the result of a chunk
   * @param window how many chunks may be at work, or not all taken
   */
  constructor(
    group: Group,
    run: (chunk: readonly unknown[]) => Coroutine<ChunkResult>,
    chunks: Source<readonly unknown[]>,
    ordered: boolean,
    window: number,
  ) {
    super(group, run, chunks, ordered, window);
  }

  protected override takeFirst(first: Result<unknown>): Result<R> {
    // The error of the source itself is at its place in line, behind the last chunk.
    if (!first.ok) return super.takeFirst(first);
    const chunk = first.value as ChunkResult;
    const result = chunk.at(this.next);
    this.next += 1;
    if (this.next === chunk.length) {
      this.next = 0;
      super.takeFirst(first as Result<R>);
    }
    return result as Result<R>;
  }
}
