import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { settrace, type TraceHook } from '../greenlet/trace.ts';
import { type Body, type BodyResult, callBody, takeBody } from '../hub/parking/body.ts';

/** How often each watched greenlet has given up control. */
const watched = new Map<RawGreenlet, number[]>();
let outerHook: TraceHook | null = null;

function count(...event: Parameters<TraceHook>): void {
  const [, origin] = event;
  const counts = watched.get(origin);
  if (counts !== undefined) for (const [index, times] of counts.entries()) counts[index] = times + 1;
  outerHook?.(...event);
}

/** Runs a body and gives, with its result, how often it gave up control. */
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
 * Runs a body and fails if it never gives up control: what should wait does not, and keeps all others from running.
 *
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation for what the body returns
 * @throws Error when it did not switch; what the body throws
 *
 * @example
 * yield* assertSwitches(() => cache.load(key));
 */
export function assertSwitches<B extends Body<unknown>>(body: B): Operation<BodyResult<B>> {
  const taken = takeBody<unknown>(body, 'assertSwitches()') as B;
  return operation(function* () {
    const { result, switches } = yield* counting(taken, 'assertSwitches()');
    if (switches === 0) throw new Error(`${describe(body)} was to give up control, and did not`);
    return result;
  }, 'assertSwitches()');
}

/**
 * Runs a body and fails if it gives up control: between its first and its last line, nobody else may run.
 *
 * @param body as for `assertSwitches()`
 * @returns an operation for what the body returns
 * @throws Error, when the body has ended, if it switched; what the body throws
 *
 * @example
 * yield* assertNoSwitch(function* () { const balance = account.balance; account.balance = balance + 1; });
 */
export function assertNoSwitch<B extends Body<unknown>>(body: B): Operation<BodyResult<B>> {
  const taken = takeBody<unknown>(body, 'assertNoSwitch()') as B;
  return operation(function* () {
    const { result, switches } = yield* counting(taken, 'assertNoSwitch()');
    if (switches > 0) throw new Error(`${describe(body)} was not to give up control, and did so ${switches} times`);
    return result;
  }, 'assertNoSwitch()');
}

function describe(body: unknown): string {
  return typeof body === 'function' && body.name !== '' ? body.name : 'the body';
}
