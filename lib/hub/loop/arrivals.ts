/** With fewer than this in a turn, asking for the turn costs more than a drain for each. */
const MANY = 6;
/** How many go by after a turn with few before it is tried again. */
const UNTIL_TRIED = 64;

/**
 * Whether what arrives from outside (bytes, connections, requests) is served once for each turn of the event loop, or each
 * at once. Nobody can tell how many will come in a turn, so it is tried, and kept to while there are many.
 */
export class Arrivals {
  /** How many have come in this turn. */
  private count = 0;
  private untilTried = 0;

  /** Notes that one has come. True if it is to wait for the turn. */
  gathers(): boolean {
    if (this.untilTried > 0) {
      this.untilTried -= 1;
      return false;
    }
    this.count += 1;
    return true;
  }

  /** The turn has come. */
  turned(): void {
    if (this.count > 0 && this.count < MANY) this.untilTried = UNTIL_TRIED;
    this.count = 0;
  }
}
