import type { Socket } from 'node:net';

/** Calls `take` with each line that a socket receives. */
export function eachLine(socket: Socket, take: (line: string) => void): void {
  // Joined only at the end of a line, because one may have megabytes.
  let begun: string[] = [];
  socket.setEncoding('utf8').on('data', (text: string) => {
    const [rest = '', ...others] = text.split('\n').reverse();
    for (const line of others.reverse()) {
      begun.push(line);
      take(begun.join(''));
      begun = [];
    }
    begun.push(rest);
  });
}

/** Sends a value as one line. */
export function sendLine(socket: Socket, value: unknown): void {
  socket.write(`${JSON.stringify(value)}\n`);
}
