import type { Service } from '../network/maker.ts';
import { keyText } from '../travel/path.ts';
import { increased, isEqual, type Stored } from './stored.ts';

/** What can be a key: it is the same after it was copied. */
export type DictKey = string | number | bigint | boolean;

/** The object behind a DictProxy. No method waits, so each is atomic. */
export class DictService implements Service {
  private readonly entries: Map<DictKey, Stored>;

  constructor(entries: readonly (readonly [DictKey, Stored])[]) {
    this.entries = new Map(entries);
  }

  answer(method: string, fields: readonly unknown[]): unknown {
    const { entries } = this;
    const [key, value] = fields as [DictKey, Stored];
    switch (method) {
      case 'get':
        return entries.get(key);
      case 'has':
        return entries.has(key);
      case 'keys':
        return [...entries.keys()];
      case 'values':
        return [...entries.values()];
      case 'entries':
        return [...entries];
      case 'size':
        return entries.size;
      case 'set':
        return void entries.set(key, value);
      case 'setdefault':
        return this.setDefault(key, value);
      case 'delete':
        return entries.delete(key);
      case 'pop':
        return this.pop(key);
      case 'update':
        return this.update(fields[0] as readonly (readonly [DictKey, Stored])[]);
      case 'increment':
        return this.increment(key, fields[1] as number);
      case 'compareAndSet':
        return this.compareAndSet(key, value, fields[2] as Stored);
      case 'clear':
        return entries.clear();
      default:
        throw new Error(`a dict of a Manager has no ${method}()`);
    }
  }

  order(method: string): void {
    throw new Error(`a dict of a Manager has no ${method}()`);
  }

  private setDefault(key: DictKey, value: Stored): Stored {
    const present = this.entries.get(key);
    if (present !== undefined) return present;
    this.entries.set(key, value);
    return value;
  }

  private pop(key: DictKey): Stored | undefined {
    const value = this.entries.get(key);
    this.entries.delete(key);
    return value;
  }

  private update(entries: readonly (readonly [DictKey, Stored])[]): void {
    for (const [key, value] of entries) this.entries.set(key, value);
  }

  private increment(key: DictKey, by: number): unknown {
    const sum = increased(this.entries.get(key), by, `the value of ${keyText(key)}`);
    this.entries.set(key, sum);
    return sum.payload;
  }

  private compareAndSet(key: DictKey, expected: Stored, value: Stored): boolean {
    const present = this.entries.get(key);
    const isExpected =
      present === undefined ? expected.payload === undefined && expected.specials === null : isEqual(present, expected);
    if (isExpected) this.entries.set(key, value);
    return isExpected;
  }
}
