/** With fewer arrivals than this in a turn, waiting for the turn costs more than one drain for each arrival. */
const MANY = 6;
/** After a turn with few arrivals, this many are served at once before gathering is tried again. */
const UNTIL_TRIED = 64;

/**
 * Decides whether arrivals from outside (bytes, connections, requests) are served at once, or together in the next turn of
 * the event loop. The number of arrivals in a turn cannot be known, so gathering is tried, and continues while they are many.
 */
export class Arrivals {
  /** Arrivals in this turn. */
  private count = 0;
  private untilTried = 0;

  /** Notes an arrival. Returns true if it should wait for the turn. */
  gathers(): boolean {
    if (this.untilTried > 0) {
      this.untilTried -= 1;
      return false;
    }
    this.count += 1;
    return true;
  }

  /** The event loop has turned. */
  turned(): void {
    if (this.count > 0 && this.count < MANY) this.untilTried = UNTIL_TRIED;
    this.count = 0;
  }
}
