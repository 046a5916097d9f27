import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { settrace, type TraceHook } from '../greenlet/trace.ts';
import { type Body, type BodyResult, callBody, takeBody } from '../hub/parking/body.ts';

/** For each watched greenlet, how many times it gave up control in each nested body. */
const watched = new Map<RawGreenlet, number[]>();
let outerHook: TraceHook | null = null;

function count(...event: Parameters<TraceHook>): void {
  const [, origin] = event;
  const counts = watched.get(origin);
  if (counts !== undefined) for (const [index, times] of counts.entries()) counts[index] = times + 1;
  outerHook?.(...event);
}

/** Runs a body. Returns its result and how many times it gave up control. */
function* counting<B extends Body<unknown>>(
  body: B,
  caller: string,
): Coroutine<{ result: BodyResult<B>; switches: number }> {
  const greenlet = kernel.current;
  if (watched.size === 0) outerHook = settrace(count);
  const counts = watched.get(greenlet) ?? [];
  const depth = counts.push(0) - 1;
  watched.set(greenlet, counts);
  try {
    const result = yield* callBody(body, caller);
    return { result, switches: counts[depth] as number };
  } finally {
    counts.length = depth;
    if (depth === 0) watched.delete(greenlet);
    if (watched.size === 0) {
      settrace(outerHook);
      outerHook = null;
    }
  }
}

/**
 * Runs a body and fails if it never gives up control. Use it to find code that should wait but instead keeps all other
 * greenlets from running.
 *
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation that gives the body's result
 * @throws Error if the body did not switch; any error of the body
 *
 * @example
 * yield* assertSwitches(() => cache.load(key));
 */
export function assertSwitches<B extends Body<unknown>>(body: B): Operation<BodyResult<B>> {
  const taken = takeBody<unknown>(body, 'assertSwitches()') as B;
  return operation(function* () {
    const { result, switches } = yield* counting(taken, 'assertSwitches()');
    if (switches === 0) throw new Error(`${describe(body)} should give up control, but it never did`);
    return result;
  }, 'assertSwitches()');
}

/**
 * Runs a body and fails if it gives up control. No other greenlet may run between its first and its last line.
 *
 * @param body as for `assertSwitches()`
 * @returns an operation that gives the body's result
 * @throws Error at the end of the body if it switched; any error of the body
 *
 * @example
 * yield* assertNoSwitch(function* () { const balance = account.balance; account.balance = balance + 1; });
 */
export function assertNoSwitch<B extends Body<unknown>>(body: B): Operation<BodyResult<B>> {
  const taken = takeBody<unknown>(body, 'assertNoSwitch()') as B;
  return operation(function* () {
    const { result, switches } = yield* counting(taken, 'assertNoSwitch()');
    if (switches > 0) throw new Error(`${describe(body)} must not give up control, but it did so ${switches} times`);
    return result;
  }, 'assertNoSwitch()');
}

function describe(body: unknown): string {
  return typeof body === 'function' && body.name !== '' ? body.name : 'the body';
}
