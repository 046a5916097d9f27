import { line, Shown, TEXT } from '../greenlet/shown.ts';

/** A random number generator with a seed (mulberry32 by Tommy Ettinger). */
export class Random extends Shown {
  private state: number;

  /** @param seed a whole number; the same seed gives the same choices */
  constructor(seed: number) {
    super();
    this.state = seed >>> 0;
  }

  /** @internal */
  [TEXT](): string {
    return line('Random', 'Random', `in state ${this.state}`);
  }

  /** Returns a number from 0 to 1, excluding 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns a whole number from `least` to `most`, including both. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Returns true with the given probability, a number from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Returns one of the choices. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }
}
