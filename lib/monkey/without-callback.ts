/** The arguments of a call, without an undefined or null one where Node expects the callback: ours goes there instead. */
export function withoutCallback(args: readonly unknown[]): unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg != null) + 1);
}
