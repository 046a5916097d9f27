/** Targets that end in different ways. */
import { sleep } from 'greenhub';

/**
 * @param {number} a
 * @param {number} b
 */
export function* add(a, b) {
  yield* sleep(0);
  return a + b;
}

export function fail() {
  throw Object.assign(new RangeError('out of reach'), { code: 'EREACH' });
}

/** @param {number} code */
export function exit(code) {
  process.exit(code);
}

export function* hang() {
  yield* sleep(Infinity);
}

export function spin() {
  for (;;);
}

export function throwLater() {
  return new Promise(() => {
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
  });
}
