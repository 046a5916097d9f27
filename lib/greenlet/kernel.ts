/**
 * The trampoline: the one loop that resumes greenlets.
 *
 * A generator cannot resume another one that is further up the same JavaScript stack, so a greenlet never
 * resumes anybody itself. It hands a token out through its whole `yield*` chain, and this loop, which
 * is always the caller, decides who runs next:
 *
 *     main ──enter()──▶ drive() ──next(value)──▶ generator ──yield*──▶ operation
 *                         ▲  ◀────── SWITCH / PARK / CALL / done ─────────┘
 *                         └── SWITCH resumes the greenlet's destination; PARK leaves to main (to the hub)
 *
 * The tokens are shared objects that are compared by identity, so that a step allocates nothing and the loads here see
 * the same few shapes whatever the operation's class is.
 */

import type { Call } from './call.ts';
import type { AsyncContext } from './context.ts';
import { describe } from './describe.ts';
import { GreenletError, GreenletExit, isA } from './errors.ts';
import { foreignYield, foreignYieldOr } from './foreign-yield.ts';
import { markTrampoline } from './frames.ts';
import { kept } from './kept.ts';
import { type Coroutine, GeneratorPrototype, type Suspend } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { DEAD, isQueued, MAIN, type Mode, NEXT, SUSPENDED, THROW, UNSTARTED, UNWIND } from './state.ts';
import type { TraceHook } from './trace.ts';

/** Handed out by an operation that leaves its greenlet to the hub. */
export const PARK: IteratorYieldResult<Suspend> = {
  done: false,
  value: { parks: true } as unknown as Suspend,
};
/** Handed out by a switch: where to is the greenlet's `destination`, and with what stands in the registers. */
export const SWITCH: IteratorYieldResult<Suspend> = {
  done: false,
  value: { switches: true } as unknown as Suspend,
};
/** Handed out by `call()`: its greenlet goes on at once, in the frame that was pushed. */
export const CALL: IteratorYieldResult<Suspend> = {
  done: false,
  value: { calls: true } as unknown as Suspend,
};

/** Handed out by a greenlet that others ran on top of: what the last of them has handed out stands in the registers. */
export const HANDED_ON: IteratorYieldResult<Suspend> = {
  done: false,
  value: { handsOn: true } as unknown as Suspend,
};

/** Handed on where a greenlet has ended: who is resumed with what stands in the registers. */
export const OUTCOME: IteratorYieldResult<Suspend> = {
  done: false,
  value: { ends: true } as unknown as Suspend,
};

/** Delivered to a greenlet that comes back from the back of the hub's run queue. */
export const RESUMED = {};

/**
 * Resumed as often with an error as this and caught it each time, a greenlet is taken to be in a loop
 * that catches everything; then its frames are unwound by `return()`, which no `catch` stops.
 */
export const RAISE_LIMIT = 100;

/** What `UNWIND` carries: raise `error` below the frame of `floor`, or end the greenlet if that is null. */
export interface Unwinding {
  readonly error: unknown;
  readonly floor: Call<unknown> | null;
}

/**
 * The registers. One object, always the same fields, so that every room reads them at the same cost. What is true or false is
 * compared with `true` where it is looked at most: V8 does that by identity, where a test for truth asks for much else.
 */
class Kernel {
  main = null as unknown as RawGreenlet;
  /** Who the trampoline has resumed. */
  resumed = null as unknown as RawGreenlet;
  /** Who runs on top of that one, while `hosting` says so. Apart, since for two that alternate neither has to be stored anew. */
  guest = null as unknown as RawGreenlet;
  /** Who runs. */
  get current(): RawGreenlet {
    return this.hosting === true ? this.guest : this.resumed;
  }
  /** How the next is resumed, and with what: set by a switch, by the end of a greenlet, and where only the context changes. */
  mode = NEXT as Mode;
  value = undefined as unknown;
  count = 1;
  /** Who is resumed when one has ended on top of another. When main goes on with an error, whom that came from. */
  target = null as unknown as RawGreenlet;
  /** True while greenlets run on top of one that has switched to them. */
  hosting = false;
  /** Who has run last on top of a host that is suspended now, and what that one has handed out, or thrown. */
  handedBy = null as unknown as RawGreenlet;
  handedResult = null as IteratorResult<Suspend, unknown> | null;
  handedError = undefined as unknown;
  /** True while the hub drives: only then can a greenlet park. */
  parkable = false;
  /** True when a tracer or a context wants to be looked at on every resume. */
  watched = false;
  tracer = null as TraceHook | null;
  /** The context that the running code is in, as far as this loop entered it. */
  context = null as AsyncContext | null;
  rootContext = null as AsyncContext | null;
  captureContext = null as (() => AsyncContext) | null;
  /** Who is to be resumed next by the hub, or null for nobody now; how is left in `mode`. The hub puts it in. */
  nextReady = null as unknown as () => RawGreenlet | null;
  /** Has each new greenlet stand for itself in the hub's run queue, before one that is not its first begins; the hub puts it in. */
  unchain = null as unknown as () => void;
  /** Has what is pending raised at a greenlet that is about to suspend; the hub puts it in. */
  raisePending = null as unknown as (greenlet: RawGreenlet) => void;
}

export const kernel = new Kernel();

const k = kernel;

/**
 * The `next` of all generators, taken once: each generator function gives its generators a shape of their own, so that
 * looking it up on the frame would be megamorphic.
 */
export const resume = GeneratorPrototype.next as (
  this: Coroutine<unknown>,
  value: unknown,
) => IteratorResult<Suspend, unknown>;

/**
 * Runs `target` and whoever it switches to, until control comes to main or the running greenlet parks.
 * What came to main is left in `kernel.mode` and `kernel.value`; a park leaves NEXT and undefined.
 *
 * @param count how many arguments `value` stands for, where the target is unstarted: 1, or an array of them, or 0
 */
export function enter(target: RawGreenlet, mode: Mode, value: unknown, count: number): void {
  if (k.rootContext === null) {
    const next = drive(target, mode, value, count);
    // The program has just put something into its first context.
    if (next !== null) enterContexts(next);
  } else {
    k.mode = mode;
    k.value = value;
    k.count = count;
    enterContexts(target);
  }
}

/** Resumes greenlets with what the registers hold, each in its own context. */
function enterContexts(target: RawGreenlet): void {
  const outer = k.context;
  let next: RawGreenlet | null = target;
  while (next !== null) {
    const entered: RawGreenlet = next;
    const context = contextOf(entered) as AsyncContext;
    if (context === outer) next = drive(entered, k.mode, k.value, k.count);
    else {
      k.context = context;
      try {
        next = context.runInAsyncScope(() => drive(entered, k.mode, k.value, k.count));
      } finally {
        k.context = outer;
      }
    }
  }
}

/** `enter()` on behalf of main itself: gives what came back, or throws it. */
export function enterFromMain(target: RawGreenlet, mode: Mode, value: unknown, count: number): unknown {
  const parkable = k.parkable;
  const outerRefusal = refusal;
  k.parkable = false;
  refusal = null;
  try {
    enter(target, mode, value, count);
    if (refusal !== null) throw endRefused(refusal);
    if (k.mode === THROW) throw k.value;
    return k.value;
  } finally {
    k.parkable = parkable;
    refusal = outerRefusal;
    k.value = undefined;
  }
}

/** Set when a greenlet has tried to park although main had entered it by `switch()`. */
let refusal: { error: GreenletError; readonly greenlets: RawGreenlet[] } | null = null;

/** Ends the greenlets that tried to park and have gone elsewhere since: nobody could ever resume them. */
function endRefused({ error, greenlets }: NonNullable<typeof refusal>): GreenletError {
  for (const greenlet of greenlets) {
    for (let tries = 0; greenlet.state === SUSPENDED && tries < RAISE_LIMIT; tries += 1) {
      enter(greenlet, UNWIND, { error, floor: null } satisfies Unwinding, 1);
    }
  }
  return error;
}

/** The loop itself. Gives null when main is to go on, or the greenlet that must be resumed in another context. */
function drive(entered: RawGreenlet, mode: Mode, value: unknown, count: number): RawGreenlet | null {
  let target = entered;
  let origin = k.resumed;
  /** It has ended in its first run, as many do, and has nothing that few have: then there is less to look at. */
  let hasJustEnded = false;
  for (;;) {
    if (k.watched === true) {
      if (target.state === DEAD) {
        // Hooks and contexts are those of the living ancestor that is reached below.
      } else if (k.rootContext !== null && contextOf(target) !== k.context && target.state !== MAIN) {
        k.mode = mode;
        k.value = value;
        k.count = count;
        k.resumed = origin;
        return target;
      } else if (k.tracer !== null && origin !== target) {
        const failure = trace(mode === NEXT ? 'switch' : 'throw', origin, target);
        if (failure !== null) {
          mode = THROW;
          value = failure.error;
          if (origin.state !== DEAD) target = origin;
          origin = target;
          continue;
        }
      }
    }
    if (target.state > SUSPENDED) {
      if (target.state === DEAD) {
        // A GreenletExit thrown at the dead is no error to the living (greenlet's rule).
        if (mode === THROW && isA(value, GreenletExit)) mode = NEXT;
        target = target.parent as RawGreenlet;
        continue;
      }
      if (target.state === MAIN) {
        // Under the hub nobody in main waits for a value, and the next greenlet can be resumed from right here.
        const next = k.parkable === true && mode === NEXT && k.tracer === null ? k.nextReady() : null;
        if (next === null) {
          k.resumed = target;
          if (mode === THROW) k.target = origin;
          k.mode = mode;
          k.value = value;
          return null;
        }
        target = next;
        mode = k.mode;
        value = takeInput(next);
        count = 1;
        continue;
      }
      if (isQueued(target.state) || mode === NEXT) {
        const ended = origin.state === DEAD;
        if (ended && target.pending !== null) {
          // A child's value for a parent that was killed meanwhile: nobody wants it any more. An error is main's.
          if (mode === NEXT) value = undefined;
          target = k.main;
          continue;
        }
        mode = THROW;
        value = notToBeResumed(target);
        target = ended ? k.main : origin;
        continue;
      }
    }
    origin = target;
    k.resumed = target;
    let result: IteratorResult<Suspend, unknown>;
    try {
      if (target.state === UNSTARTED) {
        if (target.nextNew !== null) k.unchain();
        // Marked before the body runs: what it does first may be to look at itself.
        target.state = SUSPENDED;
        if (mode !== NEXT) throw value;
        const wasStarted = target.input === RESUMED;
        const frame = target.begin(value, count);
        if (frame === null) {
          target = conclude(target, NEXT, k.value);
          mode = k.mode;
          value = k.value;
          count = 1;
          continue;
        }
        target.frame = frame;
        result = resume.call(frame, undefined);
        if (result.done === true) hasJustEnded = target.rarities === null && target.destination === null;
        else if (wasStarted && target.place === 0) kept.add(target);
      } else if (mode === NEXT) result = resume.call(target.frame as Coroutine<unknown>, value);
      else if (mode === THROW) result = (target.frame as Coroutine<unknown>).throw(value);
      else {
        // Noted, because a `finally` that blocks has the frame resumed with NEXT before it ends.
        target.rare.unwound = { unwinding: value as Unwinding, call: target.calls };
        result = (target.frame as Coroutine<unknown>).return(undefined);
      }
      if (result !== PARK && result !== SWITCH && result.done !== true) result = unwrapped(result);
      if (result === HANDED_ON) {
        target = k.handedBy;
        origin = target;
        k.resumed = target;
        mode = NEXT;
        if (k.handedResult === null) throw takeHandedError();
        result = k.handedResult;
        if (result.done !== true) result = unwrapped(result);
      }
    } catch (thrown) {
      const error = foreignYieldOr(thrown, target);
      const call = target.calls;
      if (target.unwound !== null && target.unwound.call === call) target.rare.unwound = null;
      if (call === null) {
        target = conclude(target, THROW, error);
        mode = k.mode;
        value = k.value;
        count = 1;
      } else {
        call.pop(target);
        mode = THROW;
        value = error;
      }
      continue;
    }
    if (hasJustEnded === true) {
      hasJustEnded = false;
      target = target.conclude(NEXT, result.value);
      mode = k.mode;
      value = k.value;
      count = 1;
      if (target !== k.main || mode !== NEXT || k.parkable === false || k.tracer !== null) continue;
    } else if (result === SWITCH && target.destination !== null) {
      const { destination } = target;
      target.destination = null;
      target = destination;
      ({ mode, value, count } = k);
      continue;
    } else if (result === PARK) {
      if (k.parkable === false) {
        refusal ??= { error: mainCannotWait(target), greenlets: [] };
        const { error, greenlets } = refusal;
        greenlets.push(target);
        if (greenlets.length > RAISE_LIMIT) {
          mode = UNWIND;
          value = { error, floor: null } satisfies Unwinding;
        } else {
          mode = THROW;
          value = error;
        }
        continue;
      }
      const failure = k.tracer === null ? null : trace('switch', target, k.main);
      if (failure !== null) {
        // A greenlet that was to be raised at stays pending, so nothing is lost by taking it back.
        if (isQueued(target.state)) target.state = SUSPENDED;
        mode = THROW;
        value = failure.error;
        continue;
      }
    } else if (result.done === true) {
      const call = target.calls;
      if (call !== null) call.pop(target);
      if (target.unwound !== null && target.unwound.call === call) {
        mode = UNWIND;
        value = target.unwound.unwinding;
        target.rare.unwound = null;
      }
      if (call !== null) {
        if (mode !== UNWIND) {
          mode = NEXT;
          value = result.value;
        } else if (call === (value as Unwinding).floor) {
          mode = THROW;
          value = (value as Unwinding).error;
        }
        continue;
      }
      target =
        mode === UNWIND ? conclude(target, THROW, (value as Unwinding).error) : conclude(target, NEXT, result.value);
      mode = k.mode;
      value = k.value;
      count = 1;
      if (target !== k.main || mode !== NEXT || k.parkable === false || k.tracer !== null) continue;
    } else {
      if (result === OUTCOME) {
        ({ target, mode, value } = k);
        count = 1;
      } else if (result === CALL) {
        mode = NEXT;
        value = undefined;
      } else {
        // It may be a switch without the star: reported here, and not a second time.
        target.destination = null;
        mode = THROW;
        value = foreignYield(target, result.value);
      }
      continue;
    }
    // It is the hub's turn. To go on from here with the next one spares the way out and in again.
    const next = k.tracer === null ? k.nextReady() : null;
    if (next === null) {
      k.resumed = k.main;
      k.mode = NEXT;
      return null;
    }
    target = next;
    mode = k.mode;
    value = takeInput(next);
    count = 1;
  }
}

markTrampoline(drive);

/** What was handed out: a hand-written iterator that passes our tokens on wraps them anew. */
function unwrapped(result: IteratorResult<Suspend, unknown>): IteratorResult<Suspend, unknown> {
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

function takeHandedError(): unknown {
  const { handedError } = k;
  k.handedError = undefined;
  return handedError;
}

/** Gives what a greenlet that the hub has made ready is to be resumed with. */
export function takeInput(target: RawGreenlet): unknown {
  const { input } = target;
  // A store of a pointer is dear while the collector marks, and RESUMED will be wanted there again. In one that has not begun
  // it says that the hub has started it.
  if (input !== RESUMED) target.input = undefined;
  return input;
}

function contextOf(target: RawGreenlet): AsyncContext | null {
  return target.rarities?.context ?? k.rootContext;
}

/** Ends a greenlet and gives who is resumed with its outcome, which is left in `k.mode` and `k.value`. */
export function conclude(target: RawGreenlet, mode: Mode, value: unknown): RawGreenlet {
  if (target.destination !== null) {
    const forgotten = takeForgotten(target);
    if (mode === NEXT) return target.conclude(THROW, forgotten);
  }
  return target.conclude(mode, value);
}

/** Calls the trace hook in the target's place. A hook that throws is removed, and what it threw is given. */
export function trace(event: 'switch' | 'throw', origin: RawGreenlet, target: RawGreenlet): { error: unknown } | null {
  const hook = k.tracer as TraceHook;
  k.resumed = target;
  try {
    hook(event, origin, target);
    if (target.destination !== null && target !== k.main) throw takeForgotten(target);
    return null;
  } catch (error) {
    if (target !== k.main) target.destination = null;
    removeTracer();
    return { error };
  }
}

function removeTracer(): void {
  k.tracer = null;
  k.watched = k.rootContext !== null;
}

function mainCannotWait(target: RawGreenlet): GreenletError {
  return new GreenletError(
    `${describe(target)} blocks on the hub, but main entered it by switch(), and main cannot wait: ` +
      'start it with spawn() or run() instead',
  );
}

function notToBeResumed(target: RawGreenlet): GreenletError {
  const state =
    target.waiting === null ? 'is about to be resumed by the hub' : `waits for ${target.waiting.describe()}`;
  return new GreenletError(
    `${describe(target)} ${state}, so only the hub may resume it: wake it through what it waits for, or end it with kill()`,
  );
}

/** Forgives a switch that was made and not yielded, by giving the error that says so. */
export function takeForgotten(greenlet: RawGreenlet): GreenletError {
  const target = greenlet.destination as RawGreenlet;
  greenlet.destination = null;
  return new GreenletError(
    `a switch to ${describe(target)} was made in ${describe(greenlet)} but not yielded, so it did nothing: ` +
      'write `yield* other.switch(…)` (or `yield* other.throw(…)`)',
  );
}
