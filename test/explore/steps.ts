import { type Coroutine, type Operation, sleep, spawn, withTimeout } from '../../lib/index.ts';
import type { Random } from '../../lib/testing/index.ts';

const LATE = Symbol('late');

/** Runs an operation, often with a short timeout. Returns null if the timeout passed. */
export function* inTime<T>(random: Random, op: Operation<T>): Coroutine<{ value: T } | null> {
  if (random.chance(0.5)) return { value: yield* op };
  const value = yield* withTimeout<Operation<T>, typeof LATE>(random.int(0, 3), op, { timeoutValue: LATE });
  return value === LATE ? null : { value: value as T };
}

/** Lets others run, or time pass, or neither. */
export function* pause(random: Random): Coroutine<void> {
  if (random.chance(0.5)) yield* sleep(random.int(0, 2));
}

/** Spawns a number of greenlets, each with its number. */
export function several<R>(count: number, body: (number: number) => R) {
  return Array.from({ length: count }, (_, number) => spawn(body, number));
}

export function sorted(items: Iterable<number>): number[] {
  return [...items].sort((a, b) => a - b);
}

/** Lets others run until a condition holds. Fails if it never does. */
export function* eventually(holds: () => boolean): Coroutine<void> {
  for (let rounds = 0; !holds(); rounds += 1) {
    if (rounds === 200) throw new Error('it has not come about');
    yield* sleep(0);
  }
}
