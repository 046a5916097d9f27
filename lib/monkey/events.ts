import { patchEventEmitters } from './event-emitters.ts';
import { patchFsPromises } from './fs-promises.ts';
import { install } from './patches.ts';
import { patchReadlinePromises } from './readline-promises.ts';
import { patchStreamPromises } from './stream-promises.ts';

// The declarations of this file add to Node's own types: this has them loaded by whoever imports the patch.
export type {} from './fs-promises.ts';

/**
 * Cancels what waits for events, streams, lines and files together with its waiter in a greenlet: `events.once` and
 * `events.on` remove their listeners, `pipeline` of `stream/promises` destroys its streams and `finished` removes its
 * listeners, `question` of `readline/promises` is withdrawn, `readFile`, `writeFile`, `appendFile` and `watch` of
 * `fs/promises` are aborted. A file that a greenlet opens by `fs/promises` is closed by `using`.
 */
export function patchEvents(): void {
  install(patchEvents, (replace) => {
    patchEventEmitters(replace);
    patchStreamPromises(replace);
    patchReadlinePromises(replace);
    patchFsPromises(replace);
  });
}
