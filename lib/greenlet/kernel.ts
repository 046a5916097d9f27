/** The registers of the trampoline, and the tokens that greenlets yield to it. The loop itself is in `trampoline.ts`. */

import type { AsyncContext } from './context.ts';
import type { Observer } from './observer.ts';
import { type Coroutine, GeneratorPrototype, type Suspend } from './operation.ts';
import type { Unwinding } from './rarities.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { type Mode, NEXT, THROW, UNWIND } from './state.ts';
import type { Tracer } from './trace.ts';

// The tokens are shared objects that are compared by identity. So a step allocates nothing, and the trampoline sees only a few
// shapes of results.

/** Yielded by an operation that leaves its greenlet to the hub. */
export const PARK = token('parks');
/** Yielded by a switch. The target is in the greenlet's `destination`, the value to send in the registers. */
export const SWITCH = token('switches');
/** Yielded by `call()`. The greenlet continues at once, in the new innermost frame. */
export const CALL = token('calls');
/** Yielded by a host, on top of which other greenlets ran. The result of the last of them is in the registers. */
export const HANDED_ON = token('handsOn');
/** Handed on after a greenlet has ended on top of a host. The registers say which greenlet to resume, and with what. */
export const OUTCOME = token('ends');

function token(name: string): IteratorYieldResult<Suspend> {
  return { done: false, value: { [name]: true } as unknown as Suspend };
}

/**
 * A greenlet that has caught the same error this many times is in a loop that catches everything. Then its frames are unwound with
 * `return()`, which no `catch` stops.
 */
export const RAISE_LIMIT = 100;

/** The registers: one object that always has the same fields. */
class Kernel {
  main = null as unknown as RawGreenlet;
  /** The greenlet that the trampoline has resumed. */
  resumed = null as unknown as RawGreenlet;
  /**
   * The greenlet that runs on top of `resumed`, while `hosting` is true. With two fields, two greenlets that switch to each other
   * need not store either of them again.
   */
  guest = null as unknown as RawGreenlet;
  /** The running greenlet. */
  get current(): RawGreenlet {
    return this.hosting === true ? this.guest : this.resumed;
  }
  /** How the next greenlet is resumed, and with what. */
  mode = NEXT as Mode;
  value = undefined as unknown;
  /** How many arguments `value` stands for if the next greenlet is unstarted: 1, or an array of them, or 0. */
  count = 1;
  /** After OUTCOME: the greenlet to resume. After an error that reached main: the greenlet that it came from. */
  target = null as unknown as RawGreenlet;
  /** True while greenlets run on top of a host: see `runOnTopOf()`. */
  hosting = false;
  /** The last greenlet that ran on top of a host, and what it yielded or threw. */
  handedBy = null as unknown as RawGreenlet;
  handedResult = null as IteratorResult<Suspend, unknown> | null;
  handedError = undefined as unknown;
  /** True during a drain of the hub. Only then can a greenlet park. */
  parkable = false;
  /** True if every resume must check the tracer, the follower or the context. */
  watched = false;
  tracer = null as Tracer | null;
  /** The tools that watch greenlets over time; see `observer.ts`. */
  observer = null as Observer | null;
  /** The same, if it wants to be told of switches. */
  follower = null as Observer | null;
  /** The context that the trampoline has entered. */
  context = null as AsyncContext | null;
  /** The greenlet to resume next, if that must happen in another context; usually null. */
  elsewhere = null as RawGreenlet | null;
  rootContext = null as AsyncContext | null;
  captureContext = null as (() => AsyncContext) | null;
}

export const kernel = new Kernel();

/** Call this after a change of the tracer, the follower or the root context. */
export function updateWatched(): void {
  kernel.watched = kernel.tracer !== null || kernel.follower !== null || kernel.rootContext !== null;
}

/**
 * The `next` method of all generators, looked up once. The generators of each generator function have a shape of their own, so a
 * lookup on the frame would be megamorphic.
 */
export const resume = GeneratorPrototype.next as (
  this: Coroutine<unknown>,
  value: unknown,
) => IteratorResult<Suspend, unknown>;

/** Raises an error in the next greenlet, which has been given such an error this many times. */
export function raiseOrUnwind(error: unknown, times: number): void {
  const unwinds = times > RAISE_LIMIT;
  kernel.mode = unwinds ? UNWIND : THROW;
  kernel.value = unwinds ? ({ error, floor: null } satisfies Unwinding) : error;
}
