import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Queue } from 'greenhub';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gathering, LONG, lines, refusing, run, serve, start, startLeaping } from './program.ts';

const test = suite('example polite-scraper');

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

const page: Reply = ({ url }, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(`<title>Page ${url}</title>`);
};
const status =
  (code: number): Reply =>
  (_, response) =>
    response.writeHead(code).end('no page');
const reset: Reply = (request) => request.socket.resetAndDestroy();
const cut: Reply = (_, response) =>
  response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy());
const stall: Reply = (_, response) => response.writeHead(200, { 'content-length': 100 }).write('half of it');

/** A server that gives the next answer for a path, and repeats the last one. It records the paths. */
function replying(replies: Record<string, Reply[]>, asked: string[] = []): RequestListener {
  return (request, response) => {
    const { url = '' } = request;
    asked.push(url);
    const left = replies[url] ?? [page];
    const reply = left.length > 1 ? left.shift()! : left[0]!;
    reply(request, response);
  };
}

test('it scrapes its own sites, whose errors are all transient', async () => {
  const { code, stdout, stderr } = await run('polite-scraper', '--rate', '20');
  const printed = lines(stdout);
  const scraped = printed.slice(0, 13);
  const requests = scraped.reduce((sum, line) => sum + Number(line.match(/, (\d) attempts?, /)?.[1]), 0);
  assert.equal(
    scraped.map((line) => line.replace(/http:\/\/127\.0\.0\.1:\d+/, '').replace(/\d attempts?, /, '')).sort(),
    ['harbour', 'orchard', 'observatory'].flatMap(linesFor).sort(),
  );
  assert.ok(requests > 13, 'some pages take more than one attempt');
  assert.match(printed[13] ?? '', `done: 13 pages, 0 failed; ${requests} requests, ${requests - 13} of them retries; `);
  for (const line of printed.slice(14)) {
    assert.match(line, /^127\.0\.0\.1:\d+: \d+ requests, at the most \d+\.\d a second \(20 allowed\)$/);
  }
  assert.is(printed.length, 17);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

/** The output for each page of a site, without its origin and without the attempts. */
function linesFor(site: string): string[] {
  const folder = join('examples/sites', site);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  return files.map((file) => {
    const content = readFileSync(join(folder, file));
    const [, title] = content.toString().match(/<title>(.*)<\/title>/) ?? [];
    return `/${file}: 200, ${content.byteLength} bytes, "${title}"`;
  });
}

test('transient errors are retried', async () => {
  const tooMany: Reply = (_, response) => response.writeHead(429, { 'retry-after': '1' }).end();
  const asked: string[] = [];
  let stalled = (): void => {};
  const slow = new Promise<void>((settle) => {
    stalled = settle;
  });
  const stallOnce: Reply = (request, response) => {
    stall(request, response);
    stalled();
  };
  const replies = {
    '/busy': [status(503), status(500), page],
    '/often': [tooMany, page],
    '/reset': [reset, page],
    '/cut': [cut, page],
    '/slow': [stallOnce, page],
  };
  await using server = await serve(replying(replies, asked));
  const urls = Object.keys(replies).map((path) => server.origin + path);
  const program = startLeaping('polite-scraper', ...urls, '--rate', '50', '--timeout', `${LONG}`);
  for (const path of ['/busy', '/often', '/reset', '/cut']) await program.printed(`${server.origin}${path}: 200`);
  await slow;
  program.leap();
  const { code, stdout, stderr } = await program.ended;
  for (const path of ['/often', '/reset', '/cut', '/slow']) {
    const line = `${server.origin}${path}: 200, ${20 + path.length} bytes, 2 attempts, "Page ${path}"\n`;
    assert.ok(stdout.includes(line), stdout);
  }
  assert.match(stdout, `${server.origin}/busy: 200, 25 bytes, 3 attempts, "Page /busy"`);
  assert.match(stdout, 'done: 5 pages, 0 failed; 11 requests, 6 of them retries');
  assert.is(asked.length, 11);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('a page that fails for good costs one line and does not stop the others', async () => {
  const asked: string[] = [];
  const stalled = new Queue<void>();
  const stalls: Reply = (request, response) => {
    stall(request, response);
    stalled.putNowait();
  };
  const replies = { '/gone': [status(404)], '/broken': [status(500)], '/slow': [stalls], '/reset': [reset] };
  await using server = await serve(replying(replies, asked));
  const { origin } = server;
  const refused = await refusing();
  const urls = ['/first', ...Object.keys(replies), '/last'].map((path) => origin + path);
  const options = ['--rate', '50', '--timeout', `${LONG}`, '--attempts', '2'];
  const program = startLeaping('polite-scraper', ...urls, refused, ...options);
  for (const url of [...urls.filter((url) => !url.endsWith('/slow')), refused]) await program.printed(`${url}: `);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await stalled.get();
    program.leap();
  }
  const { code, stdout, stderr } = await program.ended;
  const printed = lines(stdout);
  const lineOf = (url: string) => printed.filter((line) => line.includes(`${url}: `)).join();
  assert.is(lineOf(`${origin}/gone`), `FAILED: ${origin}/gone: HTTP 404 Not Found, 1 attempt`);
  assert.is(lineOf(`${origin}/broken`), `FAILED: ${origin}/broken: HTTP 500 Internal Server Error, 2 attempts`);
  assert.is(lineOf(`${origin}/slow`), `FAILED: ${origin}/slow: timed out after ${LONG} ms, 2 attempts`);
  assert.match(lineOf(`${origin}/reset`), /^FAILED: \S+: .*(ECONNRESET|other side closed).*, 2 attempts$/);
  assert.match(lineOf(refused), /^FAILED: \S+: .*ECONNREFUSED.*, 1 attempt$/);
  assert.match(stdout, `${origin}/first: 200, 26 bytes, 1 attempt, "Page /first"`);
  assert.match(stdout, `${origin}/last: 200, 25 bytes, 1 attempt, "Page /last"`);
  assert.match(stdout, 'done: 7 pages, 5 failed; 10 requests, 3 of them retries');
  assert.is(asked.filter((path) => path === '/gone').length, 1);
  assert.equal({ code, stderr }, { code: 1, stderr: '' });
});

test('one host is sent no more requests at once than allowed', async () => {
  const crowd = gathering(3);
  await using server = await serve((request, response) => crowd.join(() => page(request, response)));
  const urls = Array.from({ length: 9 }, (_, n) => `${server.origin}/${n}`);
  const { code, stdout } = await run('polite-scraper', ...urls, '--rate', '1000', '--per-host', '3');
  assert.match(stdout, 'done: 9 pages, 0 failed; 9 requests, 0 of them retries');
  assert.equal({ code, most: crowd.most() }, { code: 0, most: 3 });
});

test('the same page twice is scraped once', async () => {
  const asked: string[] = [];
  await using server = await serve(replying({}, asked));
  const { code, stdout } = await run('polite-scraper', `${server.origin}/`, `${server.origin}/`);
  assert.match(stdout, 'done: 1 page, 0 failed; 1 request, 0 of them');
  assert.equal({ code, asked }, { code: 0, asked: ['/'] });
});

test('Ctrl-C stops it and prints the results so far', async () => {
  let slowEnded: Promise<unknown> | undefined;
  const slow: Reply = (request, response) => {
    slowEnded = once(response, 'close');
    stall(request, response);
  };
  await using server = await serve(replying({ '/slow': [slow] }));
  const program = start('polite-scraper', `${server.origin}/slow`, `${server.origin}/fast`, '--timeout', `${LONG}`);
  await program.printed(`${server.origin}/fast: 200`);
  program.interrupt();
  const { code, stdout, stderr } = await program.ended;
  await slowEnded;
  assert.match(stdout, 'stopped: 1 of 2 pages, 0 failed; 1 request, 0 of them retries');
  assert.not.match(stdout, 'FAILED');
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

for (const [args, message] of [
  [['one.example'], '"one.example" is not a URL'],
  [['--rate', '0'], '--rate must be a whole number from 1, not "0"'],
  [['--per-host', 'some'], '--per-host must be a whole number from 1, not "some"'],
  [['--depth', '2'], "Unknown option '--depth'"],
] as const) {
  test(`it refuses ${args.join(' ')} and says why`, async () => {
    const { code, stdout, stderr } = await run('polite-scraper', ...args);
    assert.match(stderr, message);
    assert.match(stderr, 'Usage: npm run example polite-scraper');
    assert.equal({ code, stdout }, { code: 2, stdout: '' });
  });
}

test.run();
