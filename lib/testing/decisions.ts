import type { Random } from './random.ts';

/**
 * The choices of one schedule. Each is a whole number, and 0 is always the ordinary choice: the greenlet that has been
 * ready longest, and no unusual event. Choices are drawn at random and recorded. To replay or simplify a schedule, they
 * are read from a script instead; a missing entry counts as 0.
 */
export class Decisions {
  readonly made: number[] = [];
  private readonly random: Random | null;
  private readonly script: readonly number[];
  /** The probability of an unusual choice in this schedule, from 0 to 1. */
  private readonly wildness: number;

  constructor(source: Random | readonly number[]) {
    const isScript = Array.isArray(source);
    this.random = isScript ? null : (source as Random);
    this.script = isScript ? source : [];
    // Some bugs need a single unusual step in an otherwise ordinary schedule, others need many.
    this.wildness = this.random === null ? 0 : this.random.pick([0.05, 0.2, 0.5, 1]);
  }

  /** Chooses one of `count`. */
  among(count: number): number {
    return this.note(count, this.wildness);
  }

  /** Chooses, with the given probability, one of `count` unusual events, numbered from 1; otherwise 0. */
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
