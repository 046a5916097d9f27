/** A queue has nothing to give, and the time to wait for it is up. */
export class Empty extends Error {
  override name = 'Empty';
}

/** A queue has no room, and the time to wait for it is up. */
export class Full extends Error {
  override name = 'Full';
}

/** A queue was shut down: it takes no more, and what it held has been given. */
export class ShutDown extends Error {
  override name = 'ShutDown';
}

/** A barrier was reset or aborted, or one of those who waited at it was killed or ran out of time. */
export class BrokenBarrierError extends Error {
  override name = 'BrokenBarrierError';
}
