import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import type { Bells } from './bell.ts';
import type { Channel } from './channel.ts';
import { Inbox } from './inbox.ts';

/**
 * The channel to another thread, over a MessagePort.
 *
 * @param port nobody else may listen to it
 */
export function portChannel(port: MessagePort, bells: Bells): Channel {
  return new PortChannel(port, bells);
}

class PortChannel implements Channel {
  private readonly port: MessagePort;
  private readonly bells: Bells;
  private readonly inbox = new Inbox();

  constructor(port: MessagePort, bells: Bells) {
    this.port = port;
    this.bells = bells;
    port.on('message', (message) => this.deliver(message));
    // A message that cannot be restored here is lost, so nothing that follows can be trusted.
    port.on('messageerror', () => port.close());
    port.on('close', () => this.inbox.close());
    port.unref();
  }

  post(message: unknown, transfer: readonly Transferable[] = []): void {
    this.port.postMessage(message, transfer);
    this.bells.out.ring();
  }

  onMessage(listener: (message: unknown) => void): void {
    this.inbox.onMessage(listener);
  }

  get received(): number {
    return this.bells.in.heardCount;
  }

  receiveNow(): boolean {
    if (!this.bells.in.isRung) return false;
    const received = receiveMessageOnPort(this.port);
    if (received === undefined) return false;
    this.deliver(received.message);
    return true;
  }

  onClose(listener: () => void): void {
    this.inbox.onClose(listener);
  }

  close(): void {
    this.port.close();
  }

  ref(): void {
    this.port.ref();
  }

  unref(): void {
    this.port.unref();
  }

  private deliver(message: unknown): void {
    this.bells.in.heard();
    this.inbox.deliver(message);
  }
}
