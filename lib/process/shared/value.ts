import { line, TEXT } from '../../greenlet/shown.ts';
import {
  arrayOver,
  bytesOf,
  checkedNumber,
  InMemory,
  Memory,
  type MemoryType,
  type Numeric,
  sharesMemory,
} from './memory.ts';

type Integers =
  | Int32Array
  | Uint32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array;

/**
 * A number in memory that threads share. Each operation is atomic. It can be an argument of a thread; for another process, use a
 * Manager.
 *
 * @example
 * const done = new mp.Value('i32', 0);
 * const threads = parts.map((part) => new mp.Process({ target: work, args: [part, done], kind: 'thread' }).start());
 * // in work(): done.add(1);
 */
export class Value<Type extends MemoryType = MemoryType> extends InMemory<Type> {
  protected readonly buffer: SharedArrayBuffer;
  /** The memory as an integer, because floats have no atomic operations of their own. */
  private readonly bits: Integers;
  /** For conversions: what is stored here has the type of the value. */
  private readonly scratch: { 0: Numeric<Type> };
  private readonly scratchBits: { 0: number | bigint };

  /**
   * @param type the number's type; numbers of 64 bits are BigInts
   * @param initial the first value; 0 by default
   * @throws TypeError for an unknown type, and for a number of the wrong kind
   */
  constructor(type: Type, initial?: Numeric<Type>);
  /** @internal */
  constructor(type: Type, memory: Memory);
  constructor(type: Type, initial?: Numeric<Type> | Memory) {
    const known = initial instanceof Memory ? initial : null;
    super('Value', type, known);
    this.buffer = known !== null ? known.buffer : new SharedArrayBuffer(bytesOf(type));
    const scratch = new SharedArrayBuffer(bytesOf(type));
    this.scratch = arrayOver(type, scratch) as unknown as { 0: Numeric<Type> };
    const bitsType = type === 'f32' ? 'i32' : type === 'f64' ? 'i64' : type;
    this.bits = arrayOver(bitsType, this.buffer) as Integers;
    this.scratchBits = arrayOver(bitsType, scratch) as unknown as { 0: number | bigint };
    if (initial !== undefined && !(initial instanceof Memory)) this.value = initial;
  }

  get value(): Numeric<Type> {
    return this.fromBits(Atomics.load(this.bits as Int32Array, 0));
  }

  set value(value: Numeric<Type>) {
    Atomics.store(this.bits as Int32Array, 0, this.toBits(value) as number);
  }

  /** Adds a number, and returns the new value. */
  add(n: Numeric<Type>): Numeric<Type> {
    checkedNumber(this.type, n, 'what is added');
    if (this.type !== 'f32' && this.type !== 'f64') {
      const before = Atomics.add(this.bits as Int32Array, 0, n as number);
      this.scratch[0] = ((before as number) + (n as number)) as Numeric<Type>;
      return this.scratch[0];
    }
    for (;;) {
      const bits = Atomics.load(this.bits as Int32Array, 0);
      const sum = ((this.fromBits(bits) as number) + (n as number)) as Numeric<Type>;
      const next = this.toBits(sum);
      if (Atomics.compareExchange(this.bits as Int32Array, 0, bits, next as number) === bits)
        return this.fromBits(next);
    }
  }

  /** Sets a new value, and returns the old one. */
  exchange(value: Numeric<Type>): Numeric<Type> {
    return this.fromBits(Atomics.exchange(this.bits as Int32Array, 0, this.toBits(value) as number));
  }

  /** Sets a new value if the present one is `expected`. Returns whether it did. */
  compareExchange(expected: Numeric<Type>, value: Numeric<Type>): boolean {
    const wanted = this.fromBits(this.toBits(expected));
    const next = this.toBits(value);
    for (;;) {
      const bits = Atomics.load(this.bits as Int32Array, 0);
      // Of floats, several bit patterns may be equal: 0 and -0.
      if (this.fromBits(bits) !== wanted) return false;
      if (Atomics.compareExchange(this.bits as Int32Array, 0, bits, next as number) === bits) return true;
    }
  }

  /** @internal */
  [TEXT](): string {
    return line('Value', this.name, `${this.type} ${this.value}`);
  }

  private toBits(value: Numeric<Type>): number | bigint {
    this.scratch[0] = checkedNumber(this.type, value, 'the value');
    return this.scratchBits[0];
  }

  private fromBits(bits: number | bigint): Numeric<Type> {
    this.scratchBits[0] = bits;
    return this.scratch[0];
  }
}

sharesMemory('Value', Value);
