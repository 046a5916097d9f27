import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { cut } from '../../greenlet/shown.ts';
import { greenletId } from '../identity.ts';
import type { ObjectInfo } from '../object-info.ts';
import type { Warning } from '../warnings.ts';
import type { ObjectRow, People, WarningRow } from './protocol.ts';

/** A list names this many greenlets, and counts the others. */
const NAMED = 24;
const LONGEST = 120;

/** Gives the names of greenlets that are mentioned by their ids. */
export class Directory {
  private readonly greenlets: Map<number, RawGreenlet>;

  constructor(greenlets: readonly RawGreenlet[]) {
    this.greenlets = new Map(greenlets.map((greenlet) => [greenletId(greenlet), greenlet]));
  }

  find(id: number): RawGreenlet | undefined {
    return this.greenlets.get(id);
  }

  people(ids: readonly number[]): People {
    return { count: ids.length, some: ids.slice(0, NAMED).map((id) => ({ id, name: this.nameOf(id) })) };
  }

  objectRow(info: ObjectInfo): ObjectRow {
    return { ...info, holders: this.people(info.holders), waiters: this.people(info.waiters) };
  }

  warningRow(info: Warning): WarningRow {
    return { ...info, greenlets: this.people(info.greenlets) };
  }

  private nameOf(id: number): string {
    try {
      return cut(String(this.greenlets.get(id)?.name ?? `#${id}`), LONGEST);
    } catch {
      return `#${id}`;
    }
  }
}
