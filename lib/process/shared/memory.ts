import { Shown } from '../../greenlet/shown.ts';
import { nameOf } from '../../sync/named.ts';
import { type Reference, restored, restoresWith, type Shareable, TRAVEL, type Way } from '../travel/shareable.ts';
import { Lock } from './lock.ts';

/** The number types of shared memory. Numbers of 64 bits are BigInts. */
export type MemoryType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64';

/** The JavaScript type of a number in memory. */
export type Numeric<Type extends MemoryType> = Type extends 'i64' | 'u64' ? bigint : number;

const arrays = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

export type ArrayOf<Type extends MemoryType> = InstanceType<(typeof arrays)[Type]>;

/** @throws TypeError for an unknown type */
function checkedType(type: unknown, what: string): MemoryType {
  if (typeof type === 'string' && Object.hasOwn(arrays, type)) return type as MemoryType;
  throw new TypeError(`the type of a ${what} is one of ${Object.keys(arrays).join(', ')}, not ${String(type)}`);
}

export function bytesOf(type: MemoryType): number {
  return arrays[type].BYTES_PER_ELEMENT;
}

/** A typed array over memory that threads share. */
export function arrayOver<Type extends MemoryType>(type: Type, buffer: SharedArrayBuffer): ArrayOf<Type> {
  return new (arrays[type] as new (memory: SharedArrayBuffer) => unknown)(buffer) as ArrayOf<Type>;
}

/**
 * Checks a number before it is stored.
 *
 * @throws TypeError for a number where a BigInt is needed, and the other way round
 */
export function checkedNumber<Type extends MemoryType>(type: Type, value: unknown, what: string): Numeric<Type> {
  const kind = type === 'i64' || type === 'u64' ? 'bigint' : 'number';
  if (typeof value === kind) return value as Numeric<Type>;
  throw new TypeError(`${what} must be a ${kind}, because its type is ${type}, not ${typeof value}`);
}

/** The message for memory that would leave its process. */
function cannotLeave(name: string): TypeError {
  return new TypeError(
    `${name} is memory that only threads of one process share: it can be an argument of a thread, but not an item of a queue, ` +
      'and not for another process. Use a Manager there',
  );
}

/** What a copy in another thread is made of. */
export class Memory {
  readonly buffer: SharedArrayBuffer;
  readonly lock: Lock;

  constructor(buffer: SharedArrayBuffer, lock: Lock) {
    this.buffer = buffer;
    this.lock = lock;
  }
}

/** The base class of what threads share as memory: its type, and the lock that guards it. */
export abstract class InMemory<Type extends MemoryType> extends Shown implements Shareable {
  readonly type: Type;
  /** Its name in messages. */
  readonly name: string;
  /** A lock for what takes more than one step. */
  readonly lock: Lock;
  private readonly kind: string;

  constructor(kind: string, type: Type, known: Memory | null) {
    super();
    this.kind = kind;
    this.type = checkedType(type, kind) as Type;
    this.name = nameOf(kind);
    this.lock = known?.lock ?? new Lock();
  }

  protected abstract readonly buffer: SharedArrayBuffer;

  /** @internal */
  [TRAVEL](way: Way): Reference {
    if (!way.toThread || way.use === 'item') throw cannotLeave(this.name);
    return { kind: this.kind, data: [this.type, this.buffer, this.lock[TRAVEL]()] };
  }
}

/** Registers how another thread restores a kind from its reference. */
export function sharesMemory(kind: string, Class: new (type: MemoryType, memory: Memory) => object): void {
  restoresWith<[MemoryType, SharedArrayBuffer, Reference]>(
    kind,
    ([type, buffer, lock]) => new Class(type, new Memory(buffer, restored(lock) as Lock)),
  );
}
