import { kindOf } from '../../hub/checks/kind-of.ts';
import type { Service } from '../network/maker.ts';
import { isEqual, type Stored } from './stored.ts';

/** The object behind a ListProxy. No method waits, so each is atomic. */
export class ListService implements Service {
  private items: Stored[];

  constructor(items: readonly Stored[]) {
    this.items = [...items];
  }

  answer(method: string, fields: readonly unknown[]): unknown {
    const { items } = this;
    switch (method) {
      case 'get':
        return items[this.at(fields[0] as number, 'get')];
      case 'indexOf':
        return this.indexOf(fields[0] as Stored);
      case 'slice':
        return items.slice(fields[0] as number | undefined, fields[1] as number | undefined);
      case 'length':
        return items.length;
      case 'set':
        items[this.at(fields[0] as number, 'set')] = fields[1] as Stored;
        return;
      case 'append':
        return void items.push(fields[0] as Stored);
      case 'extend':
        this.items = items.concat(fields[0] as readonly Stored[]);
        return;
      case 'insert':
        return void items.splice(this.at(fields[0] as number, 'insert', items.length), 0, fields[1] as Stored);
      case 'pop':
        return items.splice(this.at(fields[0] as number, 'pop'), 1)[0];
      case 'remove':
        return this.remove(fields[0] as Stored);
      case 'sort':
        return this.sort();
      case 'reverse':
        return void items.reverse();
      case 'clear':
        this.items = [];
        return;
      default:
        throw new Error(`a list of a Manager has no ${method}()`);
    }
  }

  order(method: string): void {
    throw new Error(`a list of a Manager has no ${method}()`);
  }

  /** The position that an index means. Negative ones count from the end. */
  private at(index: number, method: string, last = this.items.length - 1): number {
    const { length } = this.items;
    const position = index < 0 ? index + length : index;
    if (position >= 0 && position <= last) return position;
    throw new RangeError(`${method}(): the index ${index} is out of range, because the list has ${length} items`);
  }

  private indexOf(value: Stored): number {
    return this.items.findIndex((item) => isEqual(item, value));
  }

  private remove(value: Stored): boolean {
    const index = this.indexOf(value);
    if (index >= 0) this.items.splice(index, 1);
    return index >= 0;
  }

  private sort(): void {
    const { items } = this;
    const kind = typeof items[0]?.payload;
    for (const [index, { payload }] of items.entries()) {
      if (typeof payload === kind && (kind === 'number' || kind === 'string')) continue;
      throw new TypeError(
        `sort() orders either numbers or strings, but the item ${index} is ${kindOf(payload)} and the item 0 is ${kindOf(items[0]?.payload)}`,
      );
    }
    items.sort((one, other) => order(one.payload as never, other.payload as never));
  }
}

/** Numbers by value, with NaN last; strings by code unit. */
function order<T extends number | string>(one: T, other: T): number {
  if (one < other) return -1;
  if (one > other) return 1;
  return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
}
