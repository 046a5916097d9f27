/** Gives a replacement all properties of the function that it stands for: its name and length, what hangs on it, and its kind. */
export function named<F extends object>(replacement: F, original: object): F {
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  return Object.setPrototypeOf(replacement, Object.getPrototypeOf(original));
}
