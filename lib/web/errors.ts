/** Thrown by a WebSocket that could not be opened, or that is closed. */
export class WebSocketClosedError extends Error {
  override name = 'WebSocketClosedError';
  /** The code of the close frame: 1000 for a normal end, 1006 if the connection broke. */
  readonly code: number;
  /** What the other side gave as its reason; may be empty. */
  readonly reason: string;

  constructor(message: string, code: number, reason: string) {
    super(`${message} (code ${code})`);
    this.code = code;
    this.reason = reason;
  }
}
