import { patchEventEmitters } from './event-emitters.ts';
import { patchFsPromises } from './fs-promises.ts';
import { installInNode } from './install-in-node.ts';
import { patchReadlinePromises } from './readline-promises.ts';
import { patchStreamPromises } from './stream-promises.ts';

// This file extends Node's types. The empty export loads its declarations for every importer of the patch.
export type {} from './fs-promises.ts';

/**
 * Patches functions that wait for events, streams, lines and files, so that in greenlets they end when their waiter is
 * cancelled:
 *
 * * `events.once` and `events.on` remove their listeners;
 * * `pipeline` of `stream/promises` destroys its streams, and `finished` removes its listeners;
 * * `question` of `readline/promises` is withdrawn;
 * * `readFile`, `writeFile`, `appendFile` and `watch` of `fs/promises` are aborted.
 *
 * It also lets `using` close a file that a greenlet has opened with `fs/promises`.
 */
export function patchEvents(): void {
  installInNode(patchEvents, (replace) => {
    patchEventEmitters(replace);
    patchStreamPromises(replace);
    patchReadlinePromises(replace);
    patchFsPromises(replace);
  });
}
