import type { Way } from '../travel/shareable.ts';
import type { Caller } from './caller.ts';
import type { Task } from './job.ts';
import { CHUNK, type Message, RUN } from './messages.ts';
import { type Packed, packedItems, unpacked, unpackedError } from './packing.ts';
import type { PoolTarget } from './targets.ts';

/** One call. */
export class CallTask implements Task {
  readonly target: PoolTarget;
  readonly items = 1;
  readonly packed: Packed;
  readonly timeout: number | undefined;
  readonly what: string;
  readonly caller: Caller | null;

  constructor(target: PoolTarget, packed: Packed, what: string, caller: Caller | null, timeout?: number) {
    this.target = target;
    this.packed = packed;
    this.timeout = timeout;
    this.what = what;
    this.caller = caller;
  }

  message(id: number): Message {
    return this.packed.addTo([RUN, id, this.target.index]);
  }

  result([, , payload, specials]: Message): unknown {
    return unpacked(payload, specials);
  }
}

/** The results of the items of a chunk, in order. */
export class ChunkResult {
  readonly values: readonly unknown[];
  /** The errors, by the index of the item. */
  private readonly errors: ReadonlyMap<number, unknown> | null;

  constructor(values: readonly unknown[], errors: ReadonlyMap<number, unknown> | null) {
    this.values = values;
    this.errors = errors;
  }

  /** All items have failed with the same error. */
  static failed(length: number, error: unknown): ChunkResult {
    const values = new Array<unknown>(length).fill(undefined);
    return new ChunkResult(values, new Map(values.map((_, index) => [index, error])));
  }

  get length(): number {
    return this.values.length;
  }

  at(index: number): { ok: true; value: unknown } | { ok: false; error: unknown } {
    if (this.errors?.has(index) === true) return { ok: false, error: this.errors.get(index) };
    return { ok: true, value: this.values[index] };
  }
}

/** A chunk of items: the worker calls the target with each, one after the other. */
export class ChunkTask implements Task {
  readonly target: PoolTarget;
  readonly items: number;
  readonly packed: Packed;
  readonly timeout = undefined;
  readonly what: string;
  readonly caller: Caller | null;
  private readonly mode: number;

  /**
   * @param items nobody else may change the list
   * @param mode SPREAD if each item is a list of arguments, GO_ON if an error does not end the chunk
   * @throws TypeError if an item cannot be sent, with its path
   */
  constructor(
    target: PoolTarget,
    items: readonly unknown[],
    mode: number,
    way: Way,
    what: string,
    caller: Caller | null,
  ) {
    this.target = target;
    this.items = items.length;
    this.packed = packedItems(items, way);
    this.mode = mode;
    this.what = what;
    this.caller = caller;
  }

  message(id: number): Message {
    return this.packed.addTo([CHUNK, id, this.target.index, this.mode]);
  }

  result([, , payload, specials, failures]: Message): ChunkResult {
    const values = unpacked(payload, specials ?? undefined) as readonly unknown[];
    const errors = (failures as [number, unknown, unknown][] | undefined)?.map(
      ([index, error, inside]) => [index, unpackedError(error, inside, this.caller)] as const,
    );
    return new ChunkResult(values, errors === undefined ? null : new Map(errors));
  }
}
