/** The servers of `npm run bench net`, written with Node's patched modules. */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Server } from 'node:net';
import { patchSocket } from 'greenhub/monkey';
import { answer, echo, hello } from './net-handlers.ts';
import { LOOPBACK, type Servers } from './net-servers.ts';

patchSocket();

export const servers: Servers = {
  answer: () => listening(net.createServer(answer)),
  echo: () => listening(net.createServer(echo)),
  hello: () => listening(http.createServer(hello)),
};

async function listening(server: Server): Promise<number> {
  server.listen(LOOPBACK);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
