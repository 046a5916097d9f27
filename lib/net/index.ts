export { type ConnectOptions, type ConnectTlsOptions, connect, connectTls } from './connect.ts';
export { ConcurrentUseError, LimitExceededError, PrematureEndError, SocketClosedError } from './errors.ts';
export type { ReadLineOptions, ReadUntilOptions } from './reading.ts';
export {
  createServer,
  type Handler,
  type Listener,
  type ServeForeverOptions,
  type ServerOptions,
  StreamServer,
} from './server.ts';
export { Socket } from './socket.ts';
export { socketPair } from './socket-pair.ts';
