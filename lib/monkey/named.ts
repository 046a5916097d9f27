/** Gives a replacement all properties of the function that it stands for: its name and length, and what hangs on it. */
export function named<F extends object>(replacement: F, original: object): F {
  return Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
}
