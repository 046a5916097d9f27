import { cut } from '../greenlet/shown.ts';
import { safeText } from '../hub/reports/error-text.ts';
import { LONGEST_TEXT } from './identity.ts';

/** After this many different names, digits are left out of new ones, so that names like `sleep(12)` cannot fill the memory. */
const MANY_NAMES = 65_536;
/** After this many, all new names share one. */
const MOST_NAMES = 2 * MANY_NAMES;
const OTHERS = '…';

/** Numbers for names, so that events can refer to them. */
export class Names {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];

  /** The number of a name: from 0 on, in the order in which names were first seen. */
  numberOf(name: string): number {
    return this.numbers.get(name) ?? this.give(this.shortened(name));
  }

  /** The name with this number. */
  name(number: number): string {
    return this.names[number] ?? OTHERS;
  }

  private shortened(name: string): string {
    const { length } = this.names;
    if (length >= MOST_NAMES) return OTHERS;
    // JavaScript programs may name a greenlet by anything.
    const short = cut(
      safeText(() => name),
      LONGEST_TEXT,
    );
    return length < MANY_NAMES ? short : short.replaceAll(/\d+/g, '…');
  }

  private give(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.length;
    this.numbers.set(name, number);
    this.names.push(name);
    return number;
  }
}
