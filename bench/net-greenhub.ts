/** The servers of `npm run bench net`, written with greenhub/net. */
import { HttpServer, StreamServer } from 'greenhub/net';
import { answer, echo, hello } from './net-handlers.ts';
import { LOOPBACK, type Servers } from './net-servers.ts';

export const servers: Servers = {
  answer: () => started(new StreamServer(LOOPBACK, answer)),
  echo: () => started(new StreamServer(LOOPBACK, echo)),
  hello: () => started(new HttpServer(LOOPBACK, hello)),
};

async function started(server: StreamServer | HttpServer): Promise<number> {
  await server.start();
  return server.port as number;
}
