/// <reference lib="esnext.disposable" preserve="true" />

/** What `hold()` gives. Releases a lock when it is disposed; disposing it again does nothing. */
export class Held implements Disposable {
  private lock: { release(): void } | null;

  constructor(lock: { release(): void }) {
    this.lock = lock;
  }

  [Symbol.dispose](): void {
    if (this.lock === null) return;
    this.lock.release();
    this.lock = null;
  }
}
