/**
 * Says whether a message is on its way between two threads. To ask the port itself would lock its queue, and make the sender
 * wait.
 *
 *     sender: post(), ring()  ─▶  counter in shared memory  ─▶  receiver: isRung, until it has heard() as many messages
 */
export class Bell {
  private readonly counter: Int32Array;
  /** How many messages the receiver has heard. */
  heardCount = 0;

  constructor(memory: SharedArrayBuffer, direction: 'down' | 'up') {
    this.counter = new Int32Array(memory, direction === 'down' ? 0 : Int32Array.BYTES_PER_ELEMENT, 1);
  }

  /** Called by the sender after each message. */
  ring(): void {
    Atomics.add(this.counter, 0, 1);
  }

  /** Called by the receiver for each message. */
  heard(): void {
    this.heardCount = (this.heardCount + 1) | 0;
  }

  /** True if the sender has sent more than was heard. */
  get isRung(): boolean {
    return Atomics.load(this.counter, 0) !== this.heardCount;
  }
}

/** The bells of one end of a channel. */
export interface Bells {
  /** Is rung after each message from here. */
  readonly out: Bell;
  /** Is rung after each message from the other end. */
  readonly in: Bell;
}

/** The memory of the bells of a channel between a thread and its parent. */
export function bellMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

export function bellsOfParent(memory: SharedArrayBuffer): Bells {
  return { out: new Bell(memory, 'down'), in: new Bell(memory, 'up') };
}

export function bellsOfChild(memory: SharedArrayBuffer): Bells {
  return { out: new Bell(memory, 'up'), in: new Bell(memory, 'down') };
}
