/** The servers of `npm run bench net`, written with plain Node events. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ANSWER, END_OF_HEAD, LOOPBACK, type Servers, TEXT } from './net-servers.ts';

export const servers: Servers = {
  answer: () => listening(createServer(answer)),
  echo: () => listening(createServer(echo)),
  hello: () =>
    listening(
      createHttpServer((_request, response) => {
        response.setHeader('content-type', 'text/plain');
        response.end(TEXT);
      }),
    ),
};

function answer(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket
    .on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(END_OF_HEAD); end >= 0; end = rest.indexOf(END_OF_HEAD)) {
        rest = rest.subarray(end + END_OF_HEAD.length);
        write(socket, ANSWER);
      }
    })
    .on('error', () => {});
}

function echo(socket: Socket): void {
  socket.on('data', (chunk: Buffer) => write(socket, chunk)).on('error', () => {});
}

/** With back-pressure, as in greenhub. */
function write(socket: Socket, bytes: Uint8Array): void {
  if (socket.write(bytes)) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}

async function listening(server: Server): Promise<number> {
  server.listen(LOOPBACK);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
