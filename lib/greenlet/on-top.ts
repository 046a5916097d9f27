import { conclude, HANDED_ON, kernel, NEXT, resume, SUSPENDED, SWITCH } from './kernel.ts';
import type { Coroutine, Suspend } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

const k = kernel;

/** How often a greenlet stays on the stack for every time that it is suspended all the same. */
const STAYS = 255;
let stays = 0;

/**
 * Runs the greenlet that `host` switches to, and whoever that one switches to, on top of it, until one switches back: then the
 * host goes on without ever having been suspended, which spares half the steps of a switch there and back. All that is not
 * simple is left to the trampoline: the host is suspended, and hands on what is to be done.
 *
 * @param back what the host's iterator gives when it goes on; its value is set
 * @returns that, or what the host has to hand out
 */
export function runOnTopOf(host: RawGreenlet, back: { done: true; value: unknown }): IteratorResult<Suspend, unknown> {
  // V8 exchanges slow code for fast when a generator is entered, so the host must be now and then.
  stays = (stays + 1) & STAYS;
  if (stays === 0) return SWITCH;
  let { target, mode, value } = k;
  let last = host;
  k.hosting = true;
  while (mode === NEXT && target.state === SUSPENDED && !k.watched) {
    if (target === host) {
      k.hosting = false;
      k.current = host;
      host.away = false;
      back.value = value;
      return back;
    }
    last = target;
    k.current = target;
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = resume.call(target.frame as Coroutine<unknown>, value);
    } catch (error) {
      k.handedError = error;
      return handOn(target, null);
    }
    if (result === SWITCH) {
      target = k.target;
      mode = k.mode;
      value = k.value;
    } else if (result.done === true && target.calls === null && target.unwound === null) {
      target = conclude(target, NEXT, result.value);
      k.target = target;
      k.count = 1;
      mode = k.mode;
      value = k.value;
    } else return handOn(target, result);
  }
  return handOn(last, SWITCH);
}

function handOn(by: RawGreenlet, result: IteratorResult<Suspend, unknown> | null): IteratorResult<Suspend, unknown> {
  k.hosting = false;
  k.handedBy = by;
  k.handedResult = result;
  return HANDED_ON;
}
