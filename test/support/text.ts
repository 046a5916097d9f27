import type { Readable } from 'node:stream';

/** Reads a stream of text. */
export interface Text {
  /** Settles when the stream has ended. */
  readonly whole: Promise<string>;
  /** Settles when the text contains `part`. */
  until(part: string): Promise<void>;
}

export function textOf(stream: Readable | null): Text {
  if (stream === null) throw new Error('there is no such stream: stdio must be pipe');
  let text = '';
  const checks = new Set<() => void>();
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (const check of checks) check();
  });
  return {
    whole: new Promise((settle) => stream.once('end', () => settle(text))),
    until: (part) =>
      new Promise((settle) => {
        const check = (): void => {
          if (text.includes(part)) settle();
        };
        checks.add(check);
        check();
      }),
  };
}
