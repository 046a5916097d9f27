import { Buffer } from 'node:buffer';
import type { Socket } from 'node:dgram';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { leaveQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { standInLine } from '../hub/parking/taking.ts';
import { raisedHere, tellWhereRaised } from '../hub/parking/where-raised.ts';
import { type Datagram, type DatagramEndpoint, type DatagramSender, endpointOf } from './datagram-endpoint.ts';
import { ConcurrentUseError } from './errors.ts';
import { OutsideWait } from './outside-wait.ts';

/** Where to send a datagram. The `remote` of a received datagram is a valid destination. */
export interface Destination {
  readonly port: number;
  readonly address: string;
}

/** `recvfrom()` for any datagram socket. */
export function recvfrom(socket: Socket, options?: TimeoutOption): Operation<Datagram> {
  checkedOptions(options, TIMEOUT, 'recvfrom()');
  return new RecvFrom(receiving(socket), options);
}

/** `recv()` for any datagram socket. */
export function recv(socket: Socket, options?: TimeoutOption): Operation<Buffer> {
  checkedOptions(options, TIMEOUT, 'recv()');
  return new Recv(receiving(socket), options);
}

/** `send()` for any connected datagram socket. */
export function send(socket: Socket, data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
  checkedOptions(options, TIMEOUT, 'send()');
  return new Sending(endpointOf(socket), data, null, options);
}

/** `sendto()` for any datagram socket that is not connected. */
export function sendto(
  socket: Socket,
  data: string | Uint8Array,
  port: number,
  host?: string,
  options?: TimeoutOption,
): Operation<void>;
export function sendto(
  socket: Socket,
  data: string | Uint8Array,
  remote: Destination,
  options?: TimeoutOption,
): Operation<void>;
export function sendto(
  socket: Socket,
  data: string | Uint8Array,
  to: number | Destination,
  host?: string | TimeoutOption,
  options?: TimeoutOption,
): Operation<void> {
  const extras = checkedOptions(optionsAfter(to, host, options), TIMEOUT, 'sendto()');
  const address = typeof host === 'string' ? host : undefined;
  return new Sending(endpointOf(socket), data, typeof to === 'number' ? { port: to, address } : to, extras);
}

/**
 * The options of a call that takes `(port, host?, options?)` or `(where, options?)`. They may come in place of the
 * host. Returns anything that is neither a host nor an options object, so that the caller refuses it.
 *
 * @throws TypeError for a `timeout` that is a part of `where`: Node would ignore it
 */
export function optionsAfter(
  where: unknown,
  host: string | TimeoutOption | undefined,
  options: TimeoutOption | undefined,
): TimeoutOption | undefined {
  if (Object(where).timeout !== undefined) throw new TypeError('the timeout goes into the last argument: { timeout }');
  const isHost = typeof where === 'number' && typeof host === 'string';
  return isHost || host === undefined ? options : (host as TimeoutOption);
}

function receiving(socket: Socket): DatagramEndpoint {
  const endpoint = endpointOf(socket);
  endpoint.listen();
  return endpoint;
}

abstract class DatagramWait<T> extends OutsideWait<T> {
  protected readonly endpoint: DatagramEndpoint;

  constructor(endpoint: DatagramEndpoint, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.endpoint = endpoint;
  }

  abstract timedOut(timeout: number): T;

  /** Throws an earlier error of the socket, once. */
  protected throwFailure(): void {
    const failure = this.endpoint.takeFailure();
    if (failure === null) return;
    // A greenlet that is already waiting gets its stack added elsewhere.
    if (this.greenlet === null) {
      tellWhereRaised(failure);
      raisedHere(failure, this.next);
    }
    throw failure;
  }
}

/** Waits for a datagram. It is taken only when the wait ends. */
abstract class Receiving<T> extends DatagramWait<T> {
  protected abstract partOf(datagram: Datagram): T;

  /** @internal It takes a datagram. */
  override get mayHold(): true {
    return true;
  }

  describe(): string {
    return `a datagram from ${this.endpoint.name}`;
  }

  protected override tryNow(): boolean {
    const { endpoint } = this;
    const { first } = endpoint.receivers;
    if (first !== null && first !== (this as unknown)) {
      throw new ConcurrentUseError(
        `another greenlet is already receiving from ${endpoint.name}: let one greenlet receive and pass the datagrams on ` +
          '(through a Queue, for example), or hold a Lock',
      );
    }
    endpoint.checkOpen();
    this.throwFailure();
    const datagram = endpoint.take();
    if (datagram === null) return false;
    this.value = this.partOf(datagram);
    return true;
  }

  protected override register(): void {
    super.register();
    standInLine(this as Receiving<unknown>, this.endpoint.receivers);
  }

  timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.describe()} did not arrive within ${timeout} ms`);
  }
}

class RecvFrom extends Receiving<Datagram> {
  protected partOf(datagram: Datagram): Datagram {
    return datagram;
  }
}

class Recv extends Receiving<Buffer> {
  protected partOf({ data }: Datagram): Buffer {
    return data;
  }
}

class Sending extends DatagramWait<void> implements DatagramSender {
  private readonly data: string | Uint8Array;
  /** Null for the connected peer. */
  private readonly to: { readonly port: number; readonly address: string | undefined } | null;
  /** Counts the waits, to recognise a late callback. */
  private waits = 0;

  constructor(
    endpoint: DatagramEndpoint,
    data: string | Uint8Array,
    to: { readonly port: number; readonly address: string | undefined } | null,
    options: TimeoutOption | undefined,
  ) {
    super(endpoint, options);
    this.data = data;
    this.to = to;
  }

  describe(): string {
    return `${this.endpoint.name} to send a datagram of ${Buffer.byteLength(this.data)} bytes`;
  }

  protected override tryNow(): boolean {
    this.endpoint.checkOpen();
    // If the socket is not connected, the error belongs to a datagram for another peer.
    if (this.to === null) this.throwFailure();
    return false;
  }

  protected override register(): void {
    super.register();
    const { data, endpoint, to } = this;
    this.waits += 1;
    const { waits } = this;
    const sent = (error: Error | null): void => {
      if (this.queue === null || this.waits !== waits) return;
      leaveQueue(this);
      if (error) this.fail(error);
      else this.complete();
    };
    endpoint.senders.push(this);
    try {
      if (to === null) endpoint.socket.send(data, sent);
      else endpoint.socket.send(data, to.port, to.address, sent);
    } catch (error) {
      leaveQueue(this);
      this.fail(error);
    }
  }

  /** @internal */
  refuse(error: unknown): void {
    this.fail(error);
  }

  /** @internal True, because a send cannot be undone. */
  override get mayHold(): true {
    return true;
  }

  timedOut(timeout: number): void {
    throw new Timeout(timeout, `timed out after ${timeout} ms, waiting for ${this.describe()}`);
  }
}
