import { getHub } from '../hub/loop/hub.ts';
import { external } from '../hub/parking/external.ts';
import { TakingSuspension } from '../hub/parking/taking.ts';
import { tellWhereRaised } from '../hub/parking/where-raised.ts';

const hub = getHub();

/** How many sends have finished in a row without a wait for the network. */
export const unwaited = { sends: 0 };

/**
 * A wait for the network. It is counted in `external.waits`, so that a VirtualClock knows that an outside event is due.
 */
export abstract class OutsideWait<T> extends TakingSuspension<T> {
  /**
   * Whether the waiter may continue later, after the event loop has delivered all news of this turn. True if the data
   * that arrives meanwhile is kept for it; false if the waiter may listen to events itself and would miss some.
   */
  protected get canLinger(): boolean {
    return true;
  }

  protected override park(): void {
    external.waits += 1;
    unwaited.sends = 0;
    super.park();
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

  override abort(): void {
    this.over();
    super.abort();
  }

  /** The wait is counted as long as it has its ticket. */
  private over(): void {
    if (this.ticket === 0) return;
    this.ticket = 0;
    external.waits -= 1;
  }
}
