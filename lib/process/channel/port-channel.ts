import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import type { Channel } from './channel.ts';
import { Inbox } from './inbox.ts';

/**
 * The channel to another thread, over a MessagePort.
 *
 * @param port nobody else may listen to it
 */
export function portChannel(port: MessagePort): Channel {
  return new PortChannel(port);
}

class PortChannel implements Channel {
  private readonly port: MessagePort;
  private readonly inbox = new Inbox();

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', (message) => this.inbox.deliver(message));
    // A message that cannot be restored here is lost, so nothing that follows can be trusted.
    port.on('messageerror', () => port.close());
    port.on('close', () => this.inbox.close());
    port.unref();
  }

  post(message: unknown, transfer: readonly Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.inbox.onMessage(listener);
  }

  receiveNow(): boolean {
    const received = receiveMessageOnPort(this.port);
    if (received === undefined) return false;
    this.inbox.deliver(received.message);
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
}
