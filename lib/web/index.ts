export { animationFrame } from './animation-frame.ts';
export { WebSocketClosedError } from './errors.ts';
export { type EventsOptions, events } from './events.ts';
export { once } from './once.ts';
export { type MessageTarget, openPort, Port } from './port.ts';
export type { AnyEvent, EventOf, ListenerOptions, Target, TypeOf } from './target.ts';
export { connectWebSocket, type OutgoingMessage, WebSocketConnection, type WebSocketOptions } from './web-socket.ts';
