import { plugInProcess } from '../hub/reports/in-process.ts';

plugInProcess();

export { type ConnectOptions, type ConnectTlsOptions, connect, connectTls } from './connect.ts';
export type { Destination } from './datagram.ts';
export type { Datagram } from './datagram-endpoint.ts';
export { type DatagramHandler, DatagramServer, type DatagramServerOptions } from './datagram-server.ts';
export { DatagramSocket } from './datagram-socket.ts';
export { ConcurrentUseError, LimitExceededError, PrematureEndError, SocketClosedError } from './errors.ts';
export { handler } from './handler.ts';
export { HttpServerRequest, HttpServerResponse } from './http-messages.ts';
export {
  type HttpHandler,
  type HttpServeForeverOptions,
  HttpServer,
  type HttpServerOptions,
  type HttpStopOptions,
} from './http-server.ts';
export type { ServeForeverOptions } from './lifecycle.ts';
export { type ListenAddress, listen } from './listen.ts';
export { ListeningSocket } from './listening-socket.ts';
export {
  type BindDatagramOptions,
  bindDatagram,
  type ConnectDatagramOptions,
  connectDatagram,
  type DatagramOptions,
} from './open-datagram.ts';
export type { ReadLineOptions, ReadUntilOptions } from './reading.ts';
export { type RequestOptions, request } from './request.ts';
export { HttpResponse } from './response.ts';
export { HttpBody } from './response-body.ts';
export {
  createServer,
  type Handler,
  type Listener,
  type ServerOptions,
  StreamServer,
} from './server.ts';
export { Socket } from './socket.ts';
export { socketPair } from './socket-pair.ts';
export type { ReadBodyOptions } from './whole-body.ts';
