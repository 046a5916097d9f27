import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gathering, LONG, lines, run, serve, start, startLeaping } from './program.ts';

const test = suite('example crawl');

/** A site of linked pages. Other paths give status 404, and /slow is never answered. It records the requests. */
function site(pages: Record<string, string[]>, asked: string[] = []): RequestListener {
  return ({ url = '' }, response) => {
    asked.push(url);
    const links = pages[url];
    if (url === '/slow') return;
    if (links === undefined) response.statusCode = 404;
    response.setHeader('content-type', 'text/html');
    response.end((links ?? []).map((link) => `<a href="${link}">a link</a>`).join('\n'));
  };
}

test('it crawls its own sites to the end and lists the broken links', async () => {
  const { code, stdout, stderr } = await run('crawl');
  const printed = lines(stdout);
  const steps = printed.filter((line) => /^\[\d+\/\d+\] http:\/\/127\.0\.0\.1:\d+\//.test(line));
  assert.is(steps.length, 21);
  assert.match(printed[21] ?? '', /^done: 18 fetched, 3 failed, 0 left; \d+ bytes in \d+\.\d s$/);
  const failed = printed.slice(22).map((line) => line.replace(/http:\/\/[^/]+/, ''));
  assert.equal(failed.sort(), [
    'failed: /directions.html: HTTP 404 Not Found',
    'failed: /ferries-winter.html: HTTP 404 Not Found',
    'failed: /recipes/jelly.html: HTTP 404 Not Found',
  ]);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('each page of a cycle is fetched once, without fragments, and nothing of another site', async () => {
  await using other = await serve((_, response) => response.end('must not be asked'));
  const asked: string[] = [];
  const pages = {
    '/': ['/a', '/a#top', '#here', 'mailto:me@one.invalid', 'http://', `${other.origin}/`],
    '/a': ['/b', './', '/'],
    '/b': ['/a#bottom', '/b?page=2', '/'],
    '/b?page=2': [],
  };
  await using server = await serve(site(pages, asked));
  const { code, stdout } = await run('crawl', server.origin);
  assert.equal(asked.sort(), ['/', '/a', '/b', '/b?page=2']);
  assert.match(stdout, 'done: 4 fetched, 0 failed, 0 left');
  assert.not.match(stdout, other.origin);
  assert.is(code, 0);
});

test('redirects are followed within the site, and only HTML is searched for links', async () => {
  await using server = await serve(({ url }, response) => {
    if (url === '/') response.writeHead(302, { location: '/home' }).end();
    else if (url === '/home') response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="/text">text</a>');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end('<a href="/hidden">hidden</a>');
  });
  const { code, stdout } = await run('crawl', server.origin);
  assert.match(stdout, `[1/2] ${server.origin}/ goes to /home`);
  assert.match(stdout, `[3/3] ${server.origin}/text skipped: text/plain`);
  assert.is(code, 0);
});

test('a page that is too slow fails and the others do not', async () => {
  await using server = await serve(site({ '/': ['/slow', '/fast', '/missing'], '/fast': [] }));
  const program = startLeaping('crawl', server.origin, '--timeout', `${LONG}`);
  await program.printed(`${server.origin}/fast `);
  await program.printed(`${server.origin}/missing `);
  program.leap();
  const { code, stdout } = await program.ended;
  assert.match(stdout, 'done: 2 fetched, 2 failed, 0 left');
  assert.match(stdout, `failed: ${server.origin}/slow: timed out after ${LONG} ms`);
  assert.match(stdout, `failed: ${server.origin}/missing: HTTP 404 Not Found`);
  assert.is(code, 0);
});

test('--max bounds the pages, and --concurrency the pages in progress', async () => {
  const links = Array.from({ length: 20 }, (_, n) => `/${n}`);
  let pages = 0;
  const crowd = gathering(3);
  await using server = await serve((_, response) => {
    const answer = (): void => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(links.map((link) => `<a href="${link}">a link</a>`).join('\n'));
    };
    pages += 1;
    if (pages === 1) answer();
    else crowd.join(answer);
  });
  const { code, stdout } = await run('crawl', server.origin, '--max', '10', '--concurrency', '3');
  assert.match(stdout, 'done: 10 fetched, 0 failed, 0 left');
  assert.match(stdout, 'there are more pages than --max 10');
  assert.equal({ pages, most: crowd.most() }, { pages: 10, most: 3 });
  assert.is(code, 0);
});

test('Ctrl-C stops it and prints the results so far', async () => {
  const pages = site({ '/': ['/a', '/slow', '/b'], '/a': [], '/b': [] });
  let slowEnded: Promise<unknown> | undefined;
  await using server = await serve((request, response) => {
    if (request.url === '/slow') slowEnded = once(response, 'close');
    pages(request, response);
  });
  const program = start('crawl', server.origin, '--concurrency', '2');
  await program.printed(`${server.origin}/b `);
  program.interrupt();
  const { code, stdout, stderr } = await program.ended;
  await slowEnded;
  assert.match(stdout, 'stopped: 3 fetched, 0 failed, 1 left');
  assert.not.match(stdout, 'failed: http');
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test('a site that cannot be reached is a failure of the whole', async () => {
  await using server = await serve((_, response) => response.destroy());
  const { code, stdout } = await run('crawl', server.origin);
  assert.match(stdout, 'done: 0 fetched, 1 failed, 0 left');
  assert.match(stdout, `failed: ${server.origin}/: `);
  assert.is(code, 1);
});

for (const [args, message] of [
  [['one.example'], '"one.example" is not a URL'],
  [['--max', 'many'], '--max must be a whole number from 1, not "many"'],
  [['--concurrency', '0'], '--concurrency must be a whole number from 1, not "0"'],
  [['http://one.invalid/', '5'], 'give one start URL'],
  [['--depth', '2'], "Unknown option '--depth'"],
] as const) {
  test(`it refuses ${args.join(' ')} and says why`, async () => {
    const { code, stdout, stderr } = await run('crawl', ...args);
    assert.match(stderr, message);
    assert.match(stderr, 'Usage: npm run example crawl');
    assert.equal({ code, stdout }, { code: 2, stdout: '' });
  });
}

test.run();
