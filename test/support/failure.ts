/** What an awaited operation or promise is rejected with; fails when it is not. */
export async function failureOf(pending: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await pending;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, but it gave ${String(value)}`);
}

/** What a function throws; fails when it does not. */
export function thrownBy(fn: () => unknown): unknown {
  let value: unknown;
  try {
    value = fn();
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, but it gave ${String(value)}`);
}
