import { markTrampoline } from './frames.ts';
import { HANDED_ON, kernel, OUTCOME, resume, SWITCH } from './kernel.ts';
import type { Coroutine, Suspend } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { NEXT, SUSPENDED } from './state.ts';
import { conclude } from './trampoline.ts';

const k = kernel;

/** After this many switches in which the host stayed on the stack, the next one suspends it. */
const STAYS = 255;
let stays = 0;

/**
 * Runs the greenlet that `host` switches to on top of the host, without suspending the host. If that greenlet switches to another
 * one, that one runs on top of the host too. When one of them switches back, the host continues. This saves half the steps of a
 * switch there and back. Everything else is left to the trampoline: the host is suspended, and hands on what is to be done.
 *
 * @param destination the greenlet that the host switches to
 * @param back the result of the host's iterator if the host continues; its value is set
 * @returns `back`, or the token that the host must yield
 */
export function runOnTopOf(
  host: RawGreenlet,
  destination: RawGreenlet,
  back: { done: true; value: unknown },
): IteratorResult<Suspend, unknown> {
  // V8 replaces slow code by optimized code only when a generator is entered, so the host must be suspended now and then.
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

/** Ends the greenlet that has run on top of a host. If that throws, the host is running, with no greenlet on top of it. */
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
