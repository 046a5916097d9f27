import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import type { Waitable } from '../hub/parking/waitable.ts';

/** A waitable that is either ready or not. Waiting takes nothing from it, and all watchers wake together. */
export interface Flag extends Waitable {
  /** @internal Describes the wait in messages. */
  describeWait(): string;
  /** @internal The object that people know, if it is another one. */
  readonly place?: object;
  /** @internal The greenlets known to be able to make it ready. */
  blockers?(): Iterable<RawGreenlet>;
}

/** Waits until a flag is ready. Gives true, or false if the timeout passed first. */
export class FlagWait extends Suspension<boolean> {
  private readonly flag: Flag;

  constructor(flag: Flag, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.flag = flag;
  }

  override at(): object {
    return knownAs(this.flag);
  }

  describe(): string {
    return this.flag.describeWait();
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.flag.blockers?.() ?? [];
  }

  protected override tryNow(): boolean {
    this.value = true;
    return this.flag.ready();
  }

  protected override register(): void {
    this.flag.watch(this);
  }

  timedOut(): boolean {
    return false;
  }

  override notify(): void {
    this.complete(true);
  }
}

/** The object that is waited at. */
export function knownAs(flag: Flag): object {
  return flag.place ?? flag;
}
