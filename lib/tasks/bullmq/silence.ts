/** The part of an ioredis connection that this file uses. */
export interface Answering {
  readonly commandQueue: { readonly length: number };
  /** Undefined before the first attempt to connect. */
  readonly stream?: { readonly bytesRead: number; destroy(error: Error): unknown };
}

/** This many looks without an answer in between end a connection. The first look does not know how long the answer has been due. */
export const LOOKS = 4;

/**
 * Ends a connection whose server owes an answer and sends nothing, so that the client makes a new one. The client's own
 * `socketTimeout` starts a timer for each answer, which takes a tenth of the time of a command. It also ends a sound connection
 * after the event loop was blocked, because it does not look whether an answer has arrived meanwhile.
 */
export class Silence {
  private readonly connection: Answering;
  private stream: Answering['stream'];
  private read = 0;
  private looks = 0;

  constructor(connection: Answering) {
    this.connection = connection;
  }

  /** Call it at regular intervals. */
  look(): void {
    const { stream, commandQueue } = this.connection;
    if (stream === undefined) return;
    const isSilent = commandQueue.length > 0 && stream === this.stream && stream.bytesRead === this.read;
    this.looks = isSilent ? this.looks + 1 : 0;
    this.stream = stream;
    this.read = stream.bytesRead;
    if (this.looks === LOOKS) stream.destroy(new Error('Socket timeout: the server does not answer'));
  }
}
