/** The registers of the trampoline, and the tokens that greenlets hand out to it. The loop itself is in `trampoline.ts`. */

import type { AsyncContext } from './context.ts';
import { type Coroutine, GeneratorPrototype, type Suspend } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { type Mode, NEXT } from './state.ts';
import type { TraceHook } from './trace.ts';

// The tokens are shared objects that are compared by identity. So a step allocates nothing, and the trampoline sees the same
// few shapes whatever the operation is.

/** Handed out by an operation that leaves its greenlet to the hub. */
export const PARK = token('parks');
/** Handed out by a switch. The greenlet's `destination` says where to; what is sent is in the registers. */
export const SWITCH = token('switches');
/** Handed out by `call()`: its greenlet goes on at once, in the frame that was pushed. */
export const CALL = token('calls');
/** Handed out by a greenlet that others ran on top of. What the last of them handed out is in the registers. */
export const HANDED_ON = token('handsOn');
/** Handed on where a greenlet has ended. The registers say who is resumed, and with what. */
export const OUTCOME = token('ends');

function token(name: string): IteratorYieldResult<Suspend> {
  return { done: false, value: { [name]: true } as unknown as Suspend };
}

/**
 * A greenlet that was resumed with an error this often, and caught it each time, is in a loop that catches everything. Then its
 * frames are unwound by `return()`, which no `catch` stops.
 */
export const RAISE_LIMIT = 100;

/** The registers: one object that always has the same fields. */
class Kernel {
  main = null as unknown as RawGreenlet;
  /** The greenlet that the trampoline has resumed. */
  resumed = null as unknown as RawGreenlet;
  /** The greenlet that runs on top of it, while `hosting` is true. Two fields, so that two greenlets that alternate store neither. */
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
  /** The greenlet to resume after one has ended on top of another. After an error that reached main: the greenlet it came from. */
  target = null as unknown as RawGreenlet;
  /** True while greenlets run on top of one that has switched to them. */
  hosting = false;
  /** The last greenlet that ran on top of a host, and what it handed out, or threw. */
  handedBy = null as unknown as RawGreenlet;
  handedResult = null as IteratorResult<Suspend, unknown> | null;
  handedError = undefined as unknown;
  /** True while the hub drives: only then can a greenlet park. */
  parkable = false;
  /** True if a tracer or a context must be looked at on every resume. */
  watched = false;
  tracer = null as TraceHook | null;
  /** The context that the running code is in, as far as the trampoline entered it. */
  context = null as AsyncContext | null;
  /** The greenlet that must be resumed in another context than this one; null mostly. */
  elsewhere = null as RawGreenlet | null;
  rootContext = null as AsyncContext | null;
  captureContext = null as (() => AsyncContext) | null;
}

export const kernel = new Kernel();

/**
 * The `next` of all generators, looked up once. Each generator function gives its generators a shape of their own, so a lookup
 * on the frame would be megamorphic.
 */
export const resume = GeneratorPrototype.next as (
  this: Coroutine<unknown>,
  value: unknown,
) => IteratorResult<Suspend, unknown>;
