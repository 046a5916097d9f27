import { external } from '../hub/loop/external-waits.ts';
import { hub } from '../hub/loop/hub.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { tellWhereRaised } from '../hub/parking/where-raised.ts';

/** How many sends have finished in a row without a wait for the network. */
export const unwaited = { sends: 0 };

/**
 * A wait for the network. It is counted in `external.waits`, so that a VirtualClock knows that an outside event is due.
 */
export abstract class OutsideWait<T> extends Suspension<T> {
  private isCounted: boolean;

  constructor() {
    super();
    this.isCounted = false;
  }

  /**
   * Whether the waiter may continue later, after the event loop has delivered all news of this turn. True if the data
   * that arrives meanwhile is kept for it; false if the waiter may listen to events itself and would miss some.
   */
  protected get canLinger(): boolean {
    return true;
  }

  protected override register(): void {
    this.isCounted = true;
    external.waits += 1;
    unwaited.sends = 0;
  }

  protected override unregister(): void {
    this.over();
    super.unregister();
  }

  protected override complete(value: T): void {
    this.over();
    if (this.canLinger) hub.gather(() => super.complete(value));
    else super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.over();
    // The error comes from an event, so its own stack says nothing about the waiter.
    tellWhereRaised(error);
    if (this.canLinger) hub.gather(() => super.fail(error));
    else super.fail(error);
  }

  protected override reset(): void {
    this.isCounted = false;
  }

  private over(): void {
    if (!this.isCounted) return;
    this.isCounted = false;
    external.waits -= 1;
  }
}
