/** `greenhub/monkey` in a browser: the patches that make sense there. Bundlers choose it by the condition `browser`. */

export { animationFrame } from '../../web/animation-frame.ts';
export { WebSocketClosedError } from '../../web/errors.ts';
export { type EventsOptions, events } from '../../web/events.ts';
export { once } from '../../web/once.ts';
export { type MessageTarget, openPort, Port } from '../../web/port.ts';
export type { AnyEvent, EventOf, ListenerOptions, Target, TypeOf } from '../../web/target.ts';
export {
  connectWebSocket,
  type OutgoingMessage,
  WebSocketConnection,
  type WebSocketOptions,
} from '../../web/web-socket.ts';
export { getOriginal, unpatchAll } from '../patches.ts';
export { patchPromise } from '../promise.ts';
export { isPatched, type PatchName, type PatchOptions, patchAll } from './all-patches.ts';
export { patchFetch } from './fetch.ts';
export { patchIndexedDb } from './indexed-db.ts';
export { patchStreams } from './streams.ts';
export { patchTimers } from './timers.ts';
