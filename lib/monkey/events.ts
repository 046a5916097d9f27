import events from 'node:events';
import { boundBySignal, tieIterator } from './bound-by-signal.ts';
import { patchFsPromises } from './fs-promises.ts';
import { inGreenlets } from './in-greenlets.ts';
import { install } from './patches.ts';
import { patchReadlinePromises } from './readline-promises.ts';
import { patchStreamPromises } from './stream-promises.ts';

declare module 'fs/promises' {
  interface FileHandle {
    /**
     * Begins to close the file, at the end of a `using` block: only on files that a greenlet has opened. An error of
     * closing goes to `hub.handleError`; to wait for the end, `yield* handle.close()`.
     */
    [Symbol.dispose](): void;
  }
}

/**
 * Makes what waits for events end with its waiter when it is cancelled in a greenlet: `events.once` and `events.on` remove
 * their listeners, `pipeline` of `stream/promises` destroys its streams and `finished` removes its listeners, `question`
 * of `readline/promises` is withdrawn, `readFile`, `writeFile`, `appendFile` and `watch` of `fs/promises` are aborted. A file
 * that a greenlet opens by `fs/promises` is closed by `using`.
 */
export function patchEvents(): void {
  install('events', (replace) => {
    inGreenlets(replace, 'events', events, 'once', boundBySignal(2));
    inGreenlets(replace, 'events', events, 'on', boundBySignal(2, tieIterator(false)));
    patchStreamPromises(replace);
    patchReadlinePromises(replace);
    patchFsPromises(replace);
  });
}
