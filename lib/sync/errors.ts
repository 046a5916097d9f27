/** Thrown by `get()` when a queue has no item and the timeout has passed. */
export class Empty extends Error {
  override name = 'Empty';
}

/** Thrown by `put()` when a queue has no room and the timeout has passed. */
export class Full extends Error {
  override name = 'Full';
}

/** Thrown when a queue was shut down: `put()` is refused, and `get()` too once the queue is empty. */
export class ShutDown extends Error {
  override name = 'ShutDown';
}

/** Thrown when a barrier was reset or aborted, or when one of its waiters was killed or timed out. */
export class BrokenBarrierError extends Error {
  override name = 'BrokenBarrierError';
}
