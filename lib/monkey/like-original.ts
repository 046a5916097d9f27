/** Gives a replacement all properties of the original function (such as its name and length) and its prototype. Returns it. */
export function likeOriginal<F extends object>(replacement: F, original: object): F {
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  return Object.setPrototypeOf(replacement, Object.getPrototypeOf(original));
}
