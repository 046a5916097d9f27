/**
 * The hooks for tools that watch greenlets over time. All hooks of the core go through the register `kernel.observer`, which is
 * null unless a tool is on. So a program that nobody watches pays one comparison for each event.
 *
 * | event | called by |
 * |---|---|
 * | `spawned`, `woken` | `hub/loop/hub.ts`, when a greenlet is put in the run queue; `pool/branches.ts`, when a branch has its first turn |
 * | `switched` | `trampoline.ts`, when another greenlet runs: one slice ends, and the next begins |
 * | `killed` | `hub/tasks/greenlet.ts` |
 * | `timedOut` | `hub/parking/suspension.ts`, `hub/cancellation/`, when a time limit is up |
 * | `ended` | `conclude()` of each kind of greenlet, and the kill of an unstarted one |
 * | `failed` | `hub/loop/hub.ts`, for an error that nobody took |
 */
import { kernel, updateWatched } from './kernel.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** Receives events of all greenlets. A method must not throw, switch or wait. The running greenlet is `kernel.current`. */
export interface Observer {
  /** Whether it wants `switched`. If not, switches cost nothing. */
  readonly followsSwitches: boolean;
  /** The running greenlet, or main, has started a greenlet. */
  spawned(greenlet: RawGreenlet): void;
  /** The running greenlet, or main, has ended a wait of `greenlet`, which is ready now. Not called for `sleep(0)`. */
  woken(greenlet: RawGreenlet): void;
  /**
   * `origin` has stopped running: it is parked, ready, ended, or has switched away. `target` continues, or begins if it is
   * unstarted. Main stands for the hub and for the code outside greenlets. If a greenlet continues after its own `sleep(0)`,
   * both are the same.
   */
  switched(origin: RawGreenlet, target: RawGreenlet): void;
  /** The running greenlet, or main, kills `greenlet`, for the first time. */
  killed(greenlet: RawGreenlet): void;
  /** A time limit of `greenlet` is up. */
  timedOut(greenlet: RawGreenlet): void;
  /** `greenlet` has returned, or thrown `result`. It still has its name. */
  ended(greenlet: RawGreenlet, hasFailed: boolean, result: unknown): void;
  /** Nobody took this error of `greenlet`. */
  failed(greenlet: RawGreenlet, error: unknown): void;
}

/** Sets the one observer; null turns the hooks off. */
export function setObserver(observer: Observer | null): void {
  kernel.observer = observer;
  kernel.follower = observer?.followsSwitches === true ? observer : null;
  updateWatched();
}
