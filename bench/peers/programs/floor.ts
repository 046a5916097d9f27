/** Bare generators: the lower bound for every library based on generators. */
import { expect, nanosecondsEach, type Programs, since } from './program.ts';

export const programs: Programs = {
  switch: (n) => nanosecondsEach(n, () => alternate(n)),
  deep10: (n) => resumeAt(10, n),
  deep100: (n) => resumeAt(100, n),
  deep1000: (n) => resumeAt(1_000, n),
  deep100000: (n) => resumeAt(100_000, n),
};

function alternate(n: number): void {
  const there = counter();
  const here = counter();
  there.next(0);
  here.next(0);
  let count = 0;
  while (count < n) {
    count = there.next(count).value;
    count = here.next(count).value;
  }
  expect(count, n);
}

function* counter(): Generator<number, never, number> {
  let count = 0;
  for (;;) count = (yield count) + 1;
}

function resumeAt(depth: number, n: number): number {
  const generator = descend(depth);
  generator.next();
  const started = performance.now();
  for (let i = 0; i < n; i += 1) generator.next();
  return since(started, n);
}

function* descend(depth: number): Generator<void, never, void> {
  if (depth > 1) return yield* descend(depth - 1);
  for (;;) yield;
}
