import { counted, line, TEXT } from '../../greenlet/shown.ts';
import {
  type ArrayOf,
  arrayOver,
  bytesOf,
  checkedNumber,
  InMemory,
  Memory,
  type MemoryType,
  type Numeric,
  sharesMemory,
} from './memory.ts';

/**
 * An array of numbers in memory that threads share. Its elements are read and written through `array`; `Atomics` works on those of
 * integers, and `lock` guards what takes several steps. It can be an argument of a thread; for another process, use a Manager.
 *
 * @example
 * const histogram = new mp.SharedArray('u32', 256);
 * // in a thread:
 * Atomics.add(histogram.array, byte, 1);
 */
export class SharedArray<Type extends MemoryType = MemoryType> extends InMemory<Type> {
  /** The elements. */
  readonly array: ArrayOf<Type>;

  /**
   * @param type the type of the elements; numbers of 64 bits are BigInts
   * @param content the number of elements, which are 0 at first, or the elements
   * @throws TypeError for an unknown type, and for elements of the wrong kind; RangeError unless a length is a whole number, at
   *   least 0
   */
  constructor(type: Type, content: number | Iterable<Numeric<Type>>);
  /** @internal */
  constructor(type: Type, memory: Memory);
  constructor(type: Type, content: number | Iterable<Numeric<Type>> | Memory) {
    super('SharedArray', type, content instanceof Memory ? content : null);
    if (content instanceof Memory) {
      this.array = arrayOver(type, content.buffer);
      return;
    }
    const elements = typeof content === 'number' ? null : checkedElements(type, content);
    const length = elements?.length ?? checkedLength(content as number);
    this.array = arrayOver(type, new SharedArrayBuffer(length * bytesOf(type)));
    if (elements !== null) (this.array as unknown as { set(from: unknown[]): void }).set(elements);
  }

  /** The number of elements. */
  get length(): number {
    return this.array.length;
  }

  /** @internal */
  [TEXT](): string {
    return line('SharedArray', this.name, counted(this.length, this.type));
  }

  protected get buffer(): SharedArrayBuffer {
    return this.array.buffer as ArrayBufferLike as SharedArrayBuffer;
  }
}

function checkedElements<Type extends MemoryType>(type: Type, content: Iterable<Numeric<Type>>): Numeric<Type>[] {
  if (typeof content?.[Symbol.iterator] !== 'function') {
    throw new TypeError(
      `a SharedArray takes a length or the elements, not ${content === null ? 'null' : typeof content}`,
    );
  }
  return Array.from(content, (element, index) => checkedNumber(type, element, `element ${index}`));
}

function checkedLength(length: number): number {
  if (Number.isInteger(length) && length >= 0) return length;
  throw new RangeError(`the length of a SharedArray must be a whole number, at least 0, not ${length}`);
}

sharesMemory('SharedArray', SharedArray);
