/** The options with some replaced. A plain object is copied; any other object is read as the original would read it. */
export function withOptions(options: object | null | undefined, others: object): object {
  if (options === undefined || options === null) return others;
  const prototype = Object.getPrototypeOf(options);
  if (prototype === Object.prototype || prototype === null) return { ...options, ...others };
  return new Proxy(options, {
    get: (target, key) => Reflect.get(Object.hasOwn(others, key) ? others : target, key),
    has: (target, key) => Object.hasOwn(others, key) || Reflect.has(target, key),
  });
}
