import { markTrampoline } from './frames.ts';
import { HANDED_ON, kernel, OUTCOME, resume, SWITCH } from './kernel.ts';
import type { Coroutine, Suspend } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { NEXT, SUSPENDED } from './state.ts';
import { conclude } from './trampoline.ts';

const k = kernel;

/** How often a greenlet stays on the stack for every time that it is suspended all the same. */
const STAYS = 255;
let stays = 0;

/**
 * Runs the greenlet that `host` switches to, and whoever that one switches to, on top of it, until one switches back: then the
 * host goes on without ever having been suspended, which spares half the steps of a switch there and back. All that is not
 * simple is left to the trampoline: the host is suspended, and hands on what is to be done.
 *
 * @param destination whom it switches to
 * @param back what the host's iterator gives when it goes on; its value is set
 * @returns that, or what the host has to hand out
 */
export function runOnTopOf(
  host: RawGreenlet,
  destination: RawGreenlet,
  back: { done: true; value: unknown },
): IteratorResult<Suspend, unknown> {
  // V8 exchanges slow code for fast when a generator is entered, so the host must be now and then.
  stays = (stays + 1) & STAYS;
  if (stays === 0) return SWITCH;
  let target = destination;
  let { mode, value } = k;
  let last = host;
  let handed = SWITCH;
  k.hosting = true;
  while (mode === NEXT && target.state === SUSPENDED && k.watched === false) {
    last.destination = null;
    if (target === host) {
      k.hosting = false;
      back.value = value;
      return back;
    }
    last = target;
    if (k.guest !== target) k.guest = target;
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = resume.call(target.frame as Coroutine<unknown>, value);
    } catch (error) {
      k.handedError = error;
      return handOn(target, null);
    }
    if (result === SWITCH && target.destination !== null) {
      target = target.destination;
      handed = SWITCH;
    } else if (result.done === true && target.calls === null && target.unwound === null) {
      target = concludeOn(host, target, result.value);
      k.target = target;
      handed = OUTCOME;
    } else return handOn(target, result);
    ({ mode, value } = k);
  }
  return handOn(last, handed);
}

markTrampoline(runOnTopOf);

/** Ends the greenlet that has run on top of a host. Should that throw, the host runs, and nobody on top of it. */
function concludeOn(host: RawGreenlet, ended: RawGreenlet, value: unknown): RawGreenlet {
  k.hosting = false;
  k.resumed = ended;
  try {
    const heir = conclude(ended, NEXT, value);
    k.hosting = true;
    return heir;
  } finally {
    k.resumed = host;
  }
}

function handOn(by: RawGreenlet, result: IteratorResult<Suspend, unknown> | null): IteratorResult<Suspend, unknown> {
  k.hosting = false;
  k.handedBy = by;
  k.handedResult = result;
  return HANDED_ON;
}
