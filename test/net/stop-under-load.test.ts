/** A stop under real load from the generator `wrk` (a Debian package of that name). Skipped if it is not installed. */
import { spawn as spawnProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Event, sleep } from '../../lib/index.ts';
import { HttpServer, type HttpServerOptions } from '../../lib/net/index.ts';
import { suite } from '../support/harness.ts';
import { cert, key } from './certificate.ts';
import { LOOPBACK } from './pairs.ts';

const test = suite('a stop under load');

/** Each connection sends 16 requests at a time. At the end it prints how many complete answers it got. */
const SCRIPT = `
init = function()
  local requests = {}
  for n = 1, 16 do requests[n] = wrk.format('GET', '/' .. n) end
  batch = table.concat(requests)
end
request = function() return batch end
done = function(summary)
  io.write('answers: ' .. summary.requests .. ', other than 2xx: ' .. summary.errors.status .. '\\n')
end
`;

/** The server is stopped when it has begun this many requests. */
const ENOUGH = 3_000;

const kinds: [string, HttpServerOptions][] = [
  ['http', {}],
  ['https', { tls: { cert, key } }],
  ['http, with a pool that is full', { pool: 200 }],
];

/** Linux's table of connections. */
const CONNECTIONS = '/proc/net/tcp';

/** Whether a client of the port may still read, because its side of a connection is not closed. */
function unread(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`^ *\\d+: \\S+ \\w+:${hex} 0[18] `, 'm').test(readFileSync(CONNECTIONS, 'utf8'));
}

if (spawnSync('wrk', ['--version']).error === undefined && existsSync(CONNECTIONS)) {
  for (const [name, options] of kinds) {
    test(`wrk gets an answer for each request that has begun: ${name}`, async () => {
      const enough = new Event();
      let begun = 0;
      const server = new HttpServer(
        LOOPBACK,
        function* answer(request, response) {
          begun += 1;
          if (begun === ENOUGH) enough.set();
          for (let pauses = begun % 4; pauses > 0; pauses -= 1) yield* sleep(0);
          response.end(`this is ${request.url}`);
        },
        options,
      );
      await server.start();
      const folder = mkdtempSync(join(tmpdir(), 'greenhub-wrk-'));
      const script = join(folder, 'pipeline.lua');
      writeFileSync(script, SCRIPT);
      const url = `${name.startsWith('https') ? 'https' : 'http'}://127.0.0.1:${server.port}/`;
      const wrk = spawnProcess('wrk', ['-t', '2', '-c', '20', '-d', '60', '-s', script, url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const printed = text(wrk.stdout);
      const ended = once(wrk, 'close');
      try {
        await enough.wait();
        const { port = 0 } = server;
        await server.stop();
        while (unread(port)) await turn();
      } finally {
        // The generator then prints its summary.
        wrk.kill('SIGINT');
        await ended;
        rmSync(folder, { recursive: true });
      }
      const [, answers, others] = /answers: (\d+), other than 2xx: (\d+)/.exec(await printed) ?? [];
      assert.ok(begun >= ENOUGH);
      assert.is(Number(answers) - Number(others), begun);
      // Requests that waited for the pool were turned away.
      if (options.pool === undefined) assert.is(others, '0');
    });
  }
} else {
  test.skip('they are skipped, because wrk is not installed');
}

test.run();
