/**
 * The trampoline: the one loop that resumes greenlets.
 *
 * A generator cannot resume a generator that is already on the JavaScript stack. So a greenlet does not resume another greenlet
 * itself. It yields a token through its whole `yield*` chain to this loop, and the loop resumes the next greenlet:
 *
 *     main ──enter()──▶ drive() ──next(value)──▶ generator ──yield*──▶ operation
 *                         ▲  ◀────── SWITCH / PARK / CALL / done ─────────┘
 *                         └── SWITCH: resume the destination; PARK: resume the hub's next ready greenlet
 *
 * There is one shortcut past the loop: see `runOnTopOf()`.
 */

import type { AsyncContext } from './context.ts';
import { describe } from './describe.ts';
import { GreenletError, GreenletExit, isA } from './errors.ts';
import { foreignYieldOr, refuseYield } from './foreign-yield.ts';
import { takeForgotten } from './forgotten-switch.ts';
import { markTrampoline } from './frames.ts';
import { kept } from './kept.ts';
import { CALL, HANDED_ON, kernel, OUTCOME, PARK, resume, SWITCH } from './kernel.ts';
import { RESUMED } from './life.ts';
import type { Coroutine, Suspend } from './operation.ts';
import type { Unwinding } from './rarities.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { refuseToPark } from './refusal.ts';
import { slots } from './slots.ts';
import { DEAD, isQueued, MAIN, type Mode, NEXT, SUSPENDED, THROW, UNSTARTED, UNWIND } from './state.ts';
import type { Tracer } from './trace.ts';

type Result = IteratorResult<Suspend, unknown>;

const k = kernel;

/**
 * Runs `target` and the greenlets that are resumed after it, until main continues. The value or error for main is then in
 * `kernel.mode` and `kernel.value`. After a park, these are NEXT and undefined.
 *
 * @param count how many arguments `value` stands for if the target is unstarted; if there are several, it is an array of them
 */
export function enter(target: RawGreenlet, mode: Mode, value: unknown, count: number): void {
  if (k.rootContext === null) drive(target, mode, value, count);
  else if (isAtHome(target)) drive(target, mode, value, count);
  else leaveFor(target, mode, value, count);
  if (k.elsewhere !== null) enterContexts();
}

/** Resumes the greenlets that must be resumed in another context, each in its own. */
function enterContexts(): void {
  const outer = k.context;
  for (let target = k.elsewhere; target !== null; target = k.elsewhere) {
    const entered: RawGreenlet = target;
    const context = contextOf(entered) as AsyncContext;
    k.elsewhere = null;
    k.context = context;
    try {
      if (context === outer) drive(entered, k.mode, k.value, k.count);
      else context.runInAsyncScope(() => drive(entered, k.mode, k.value, k.count));
    } finally {
      k.context = outer;
    }
  }
}

function contextOf(target: RawGreenlet): AsyncContext | null {
  return target.rarities?.context ?? k.rootContext;
}

function isAtHome(target: RawGreenlet): boolean {
  return contextOf(target) === k.context;
}

function leaveFor(target: RawGreenlet, mode: Mode, value: unknown, count: number): void {
  k.elsewhere = target;
  k.mode = mode;
  k.value = value;
  k.count = count;
}

/** The loop. It ends when main continues, or when a greenlet must be resumed in another context (`kernel.elsewhere`). */
function drive(entered: RawGreenlet, mode: Mode, value: unknown, count: number): void {
  let target = entered;
  for (;;) {
    let { state } = target;
    if (state > SUSPENDED || k.watched === true) {
      const next = redirect(target, mode, value, count);
      if (next === null) return;
      target = next;
      ({ state } = target);
      ({ mode, value, count } = k);
    }
    k.resumed = target;
    let result: Result;
    try {
      if (state === UNSTARTED) result = beginGreenlet(target, mode, value, count);
      else if (mode === NEXT) result = resume.call(target.frame as Coroutine<unknown>, value);
      // Here, because an error that is thrown through one more frame costs 100 ns more.
      else if (mode === THROW) result = (target.frame as Coroutine<unknown>).throw(value);
      else result = unwindGreenlet(target, value as Unwinding);
      if (result !== PARK && result !== SWITCH && result.done !== true) {
        result = unwrapped(result);
        if (result === HANDED_ON) {
          target = k.handedBy;
          k.resumed = target;
          result = takeHanded();
        }
      }
    } catch (error) {
      target = failed(target, error);
      ({ mode, value, count } = k);
      continue;
    }
    if (result === SWITCH && target.destination !== null) {
      const { destination } = target;
      target.destination = null;
      target = destination;
      ({ mode, value, count } = k);
      continue;
    }
    if (result !== PARK || k.parkable === false || k.tracer !== null) {
      const next = followUp(target, result);
      if (next === null) return;
      if (next !== k.main || k.mode !== NEXT || k.parkable === false || k.tracer !== null) {
        target = next;
        ({ mode, value, count } = k);
        continue;
      }
    }
    // Resuming the next ready greenlet here saves a return to the hub.
    const ready = slots.nextReady();
    if (ready === null) {
      toMain(NEXT, undefined);
      return;
    }
    target = ready;
    mode = k.mode;
    value = ready.takeInput();
    count = 1;
  }
}

markTrampoline(drive);
markTrampoline(beginGreenlet);
markTrampoline(unwindGreenlet);

/**
 * Finds the greenlet to resume if `target` cannot simply be resumed, and calls the trace hook and the follower.
 *
 * @returns the greenlet, with the registers set; null to leave the loop
 */
function redirect(target: RawGreenlet, mode: Mode, value: unknown, count: number): RawGreenlet | null {
  for (;;) {
    const { state } = target;
    if (state === DEAD) {
      // A GreenletExit thrown at a dead greenlet reaches its parent as a value, as in Python's greenlet.
      if (mode === THROW && isA(value, GreenletExit)) mode = NEXT;
      target = target.parent as RawGreenlet;
      continue;
    }
    if (k.rootContext !== null && state !== MAIN && !isAtHome(target)) {
      leaveFor(target, mode, value, count);
      return null;
    }
    if (k.tracer !== null && k.resumed !== target) {
      const origin = k.resumed;
      const failure = k.tracer.trace(mode, origin, target);
      if (failure !== null) {
        mode = THROW;
        value = failure.error;
        if (origin.state !== DEAD) target = origin;
        k.resumed = target;
        continue;
      }
      k.resumed = origin;
    }
    if (state === MAIN) {
      // During a drain, main waits for no value, so the next ready greenlet can be resumed from here.
      const next = k.parkable === true && mode === NEXT && k.tracer === null ? slots.nextReady() : null;
      if (next === null) {
        toMain(mode, value);
        return null;
      }
      target = next;
      mode = k.mode;
      value = next.takeInput();
      count = 1;
      continue;
    }
    if (state > SUSPENDED && (isQueued(state) || mode === NEXT)) {
      const origin = k.resumed;
      if (origin.state === DEAD && target.pending !== null) {
        // A child has ended, but its parent was killed meanwhile. The child's value is dropped; its error goes to main.
        if (mode === NEXT) value = undefined;
        target = k.main;
      } else {
        mode = THROW;
        value = notToBeResumed(target);
        target = origin.state === DEAD ? k.main : origin;
      }
      continue;
    }
    // A greenlet that continues in another frame of its own has not switched.
    if (k.follower !== null && (k.resumed !== target || value === RESUMED)) k.follower.switched(k.resumed, target);
    k.mode = mode;
    k.value = value;
    k.count = count;
    return target;
  }
}

/** Main continues. If it gets an error, `kernel.target` is the greenlet that the error came from. */
function toMain(mode: Mode, value: unknown): void {
  if (mode === THROW) k.target = k.resumed;
  if (k.follower !== null && k.resumed !== k.main) k.follower.switched(k.resumed, k.main);
  k.resumed = k.main;
  k.mode = mode;
  k.value = value;
}

/** Begins the body and resumes its generator for the first time. */
function beginGreenlet(target: RawGreenlet, mode: Mode, value: unknown, count: number): Result {
  const wasStartedByHub = target.input === RESUMED;
  if (target.nextNew !== null) slots.unchain();
  // The state must be right before the body runs, because the body may inspect its own greenlet.
  target.enterBody();
  if (mode !== NEXT) throw value;
  const frame = target.begin(value, count);
  if (frame === null) return { done: true, value: k.value };
  target.enterFrame(frame, null);
  const result = resume.call(frame, undefined);
  if (result.done !== true && wasStartedByHub && target.place === 0) kept.add(target);
  return result;
}

/** Unwinds the innermost frame, past every `catch`. */
function unwindGreenlet(target: RawGreenlet, unwinding: Unwinding): Result {
  // Recorded, because a `finally` that blocks is resumed with NEXT before the frame ends.
  target.rare.unwound = { unwinding, call: target.calls };
  return (target.frame as Coroutine<unknown>).return(undefined);
}

/** Recognizes a token in a result object of the program: a hand-written iterator wraps the tokens that it forwards. */
function unwrapped(result: Result): Result {
  switch (result.value) {
    case CALL.value:
      return CALL;
    case HANDED_ON.value:
      return HANDED_ON;
    case PARK.value:
      return PARK;
    case SWITCH.value:
      return SWITCH;
    default:
      return result;
  }
}

/** Returns what the last greenlet on top of a host has yielded or returned, or throws its error. */
function takeHanded(): Result {
  const { handedResult, handedError } = k;
  if (handedResult !== null) return handedResult.done === true ? handedResult : unwrapped(handedResult);
  k.handedError = undefined;
  throw handedError;
}

/** Handles the less common results. Returns the greenlet to resume, with the registers set; null to leave the loop. */
function followUp(target: RawGreenlet, result: Result): RawGreenlet | null {
  k.count = 1;
  if (result.done === true) return returned(target, result.value);
  switch (result) {
    case PARK:
      return k.parkable === false ? refuseToPark(target) : tracePark(target);
    case OUTCOME:
      return k.target;
    case CALL:
      k.mode = NEXT;
      k.value = undefined;
      return target;
    default:
      // This may be a switch without the star. Clearing `destination` keeps it from being reported twice.
      target.destination = null;
      refuseYield(target, result.value);
      return target;
  }
}

/** Handles the return of the innermost frame. */
function returned(target: RawGreenlet, value: unknown): RawGreenlet {
  // A shortcut for the many greenlets that have no rarities.
  if (target.rarities === null && target.destination === null) return target.conclude(NEXT, value);
  const call = target.calls;
  const { unwound } = target;
  const unwinding = unwound !== null && unwound.call === call ? unwound.unwinding : null;
  if (unwinding !== null) target.rare.unwound = null;
  if (call === null) {
    return unwinding === null ? conclude(target, NEXT, value) : conclude(target, THROW, unwinding.error);
  }
  call.pop(target);
  if (unwinding === null) {
    k.mode = NEXT;
    k.value = value;
  } else if (call === unwinding.floor) {
    k.mode = THROW;
    k.value = unwinding.error;
  } else {
    k.mode = UNWIND;
    k.value = unwinding;
  }
  return target;
}

/** Handles an error thrown by the innermost frame. */
function failed(target: RawGreenlet, thrown: unknown): RawGreenlet {
  const error = foreignYieldOr(thrown, target);
  const call = target.calls;
  if (target.unwound !== null && target.unwound.call === call) target.rare.unwound = null;
  if (call === null) return conclude(target, THROW, error);
  call.pop(target);
  k.mode = THROW;
  k.value = error;
  k.count = 1;
  return target;
}

/** Ends a greenlet. Returns the greenlet to resume with the outcome, which is left in the registers. */
export function conclude(target: RawGreenlet, mode: Mode, value: unknown): RawGreenlet {
  k.count = 1;
  if (target.destination !== null) {
    const forgotten = takeForgotten(target);
    if (mode === NEXT) return target.conclude(THROW, forgotten);
  }
  return target.conclude(mode, value);
}

/** Reports a park to the hook as a switch to main. If the hook throws, the greenlet gets the error and does not wait. */
function tracePark(target: RawGreenlet): RawGreenlet | null {
  const failure = (k.tracer as Tracer).trace(NEXT, target, k.main);
  if (failure === null) {
    toMain(NEXT, undefined);
    return null;
  }
  // If the greenlet was queued to get an error, that error stays pending, so nothing is lost here.
  if (isQueued(target.state)) target.unqueue();
  k.mode = THROW;
  k.value = failure.error;
  return target;
}

function notToBeResumed(target: RawGreenlet): GreenletError {
  const state =
    target.waiting === null ? 'is about to be resumed by the hub' : `waits for ${target.waiting.describe()}`;
  return new GreenletError(
    `${describe(target)} ${state}, so only the hub may resume it: provide what it waits for, or end it with kill()`,
  );
}
