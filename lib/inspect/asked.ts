/** Repeats a request, and keeps the latest answer. While a request is under way, it starts no second one. */
export class Asked<T> {
  /** The last answer; null before the first. */
  latest: T | null = null;
  private readonly ask: () => Promise<T>;
  private isAsking = false;

  constructor(ask: () => Promise<T>) {
    this.ask = ask;
  }

  /**
   * Asks, unless an answer is on its way.
   *
   * @param told called when the answer is there
   */
  async renew(told: () => void = () => {}): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      this.latest = await this.ask();
    } finally {
      this.isAsking = false;
    }
    told();
  }
}
