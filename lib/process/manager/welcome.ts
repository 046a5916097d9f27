/** The first messages after the handshake. Each side sends one. */

/** From the server. */
export interface Welcome {
  /** Its node. */
  readonly id: string;
  /** The program that has started it. */
  readonly family: string;
  readonly maxMessageBytes: number;
}

/** From the client. */
export interface Hello {
  readonly id: string;
}

/** The limit for a welcome, which tells the limit of everything else. */
export const WELCOME_BYTES = 1_024;
