import type { Random } from './random.ts';

/**
 * The choices of one schedule, all of them whole numbers, of which 0 is always the plain one: the greenlet that has been
 * ready longest, and nothing out of the ordinary. They are drawn at random and noted; or they are read from a script,
 * with 0 for what is missing, which is how a schedule is replayed and made simpler.
 */
export class Decisions {
  readonly made: number[] = [];
  private readonly random: Random | null;
  private readonly script: readonly number[];
  /** How far from plain this schedule is, from 0 to 1. */
  private readonly wildness: number;

  constructor(source: Random | readonly number[]) {
    const isScript = Array.isArray(source);
    this.random = isScript ? null : (source as Random);
    this.script = isScript ? source : [];
    // Some bugs need a single odd step in an otherwise plain schedule, others need many.
    this.wildness = this.random === null ? 0 : this.random.pick([0.05, 0.2, 0.5, 1]);
  }

  /** One of `count`. */
  among(count: number): number {
    return this.note(count, this.wildness);
  }

  /** One of `count` odd things (from 1 on), each time with a small probability; 0 for none of them. */
  oddly(count: number, probability: number): number {
    const { random } = this;
    if (random === null) return this.note(count + 1, 0);
    const choice = random.chance(probability) ? random.int(1, count) : 0;
    this.made.push(choice);
    return choice;
  }

  private note(count: number, probability: number): number {
    const { random, made, script } = this;
    let choice: number;
    if (random === null) choice = Math.min(script[made.length] ?? 0, count - 1);
    else choice = count > 1 && random.chance(probability) ? random.int(0, count - 1) : 0;
    made.push(choice);
    return choice;
  }
}
