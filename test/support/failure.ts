/** The error of an operation or promise. Fails if it succeeds. */
export async function failureOf(pending: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await pending;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, but it gave ${String(value)}`);
}

/** The error of a function. Fails if it does not throw. */
export function thrownBy(fn: () => unknown): unknown {
  let value: unknown;
  try {
    value = fn();
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, but it gave ${String(value)}`);
}
