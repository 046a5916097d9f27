/**
 * `net-echo-client.ts <port> <connections> <milliseconds>`: has one message under way on each connection for that long, checks
 * how much comes back, and says how many there were a second. It is written for little work of its own.
 */
import { connect, type Socket } from 'node:net';

const [port, connections, duration] = process.argv.slice(2).map(Number) as [number, number, number];
const message = Buffer.alloc(64, 'echo');
const sockets: Socket[] = [];
let replies = 0;

process.on('disconnect', () => process.exit());
for (let i = 0; i < connections; i += 1) sockets.push(await open());
const started = performance.now();
for (const socket of sockets) socket.write(message);
setTimeout(() => {
  process.send?.((replies * 1_000) / (performance.now() - started));
}, duration);

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let due = message.length;
    const received = (count: number): boolean => {
      due -= count;
      if (due < 0) throw new Error(`the server sent ${-due} bytes too many`);
      if (due === 0) {
        due = message.length;
        replies += 1;
        socket.write(message);
      }
      return true;
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(1_024), callback: received } });
    socket
      .on('connect', () => resolve(socket))
      .on('error', reject)
      .on('end', () => reject(new Error('the server has hung up')));
  });
}
