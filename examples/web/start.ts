// Two pages with the same three programs, one page in plain DOM and one in React: a search field that cancels the request for the
// previous text, drag and drop as one straight line, and a game of Pong as a loop of explicit switches. It bundles the pages with
// esbuild at each load and serves them, until Ctrl-C.
// Run: npm run example web -- 8080, and open the address that it prints

import { run } from 'greenhub';
import { HttpServer } from 'greenhub/net';
import { onlyPort, portHelp, readArguments } from '../support/arguments.ts';
import { listening } from '../support/listening.ts';
import { searchCities } from './cities.ts';
import { pages } from './pages.ts';

const usage = `Usage: npm run example web -- [port]\n  ${portHelp('a free port')}`;
const port = onlyPort(readArguments({ allowPositionals: true }, usage).positionals, usage) ?? 0;
const server = new HttpServer({ port, host: '127.0.0.1' }, pages(searchCities), { pool: 100 });

run(function* main() {
  yield* listening(server.start(), port);
  console.log(`open http://127.0.0.1:${server.port}/`);
  yield* server.serveForever({ stopTimeout: 0 });
});
