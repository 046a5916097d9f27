import { kernel } from './kernel.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { beginRefusals, endRefused } from './refusal.ts';
import { type Mode, THROW, UNWIND } from './state.ts';
import { enter } from './trampoline.ts';

const k = kernel;

/** `enter()` for a switch from main. Returns the value that came back to main, or throws the error. */
export function enterFromMain(target: RawGreenlet, mode: Mode, value: unknown, count: number): unknown {
  const parkable = k.parkable;
  const outer = beginRefusals(null);
  k.parkable = false;
  try {
    enter(target, mode, value, count);
    endRefused((greenlet, unwinding) => enter(greenlet, UNWIND, unwinding, 1));
    if (k.mode === THROW) throw k.value;
    return k.value;
  } finally {
    k.parkable = parkable;
    beginRefusals(outer);
    k.value = undefined;
  }
}
