import { statSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LONG, lines, refusing, run, serve, startLeaping } from './program.ts';

const test = suite('example fetch-three-sites');

test('it fetches its own three sites at once', async () => {
  const { code, stdout, stderr } = await run('fetch-three-sites');
  const printed = lines(stdout);
  const urls = printed.slice(0, 3).map((line) => line.replace(/^GET: /, ''));
  const sizes = ['harbour', 'orchard', 'observatory'].map((site) => statSync(`examples/sites/${site}/index.html`).size);
  assert.is(new Set(urls).size, 3);
  for (const url of urls) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.equal(
    printed.slice(3, 6),
    urls.map((url, n) => `${sizes[n]} bytes received from ${url}`),
  );
  const [, total, sum] = (printed[6] ?? '').match(/^total (\d+) ms, sum of the single times (\d+) ms$/) ?? [];
  // How much less depends on the machine.
  assert.ok(Number(total) < Number(sum), printed[6]);
  assert.is(printed.length, 7);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('a size is in bytes, whatever the encoding', async () => {
  await using server = await serve((request, response) => {
    response.end(Buffer.from('naïve', request.url === '/latin1' ? 'latin1' : 'utf8'));
  });
  const { code, stdout } = await run('fetch-three-sites', `${server.origin}/utf8`, `${server.origin}/latin1`);
  assert.match(stdout, `6 bytes received from ${server.origin}/utf8\n`);
  assert.match(stdout, `5 bytes received from ${server.origin}/latin1\n`);
  assert.is(code, 0);
});

test('sites that fail are reported, each with its cause, and do not stop the others', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/hang') return;
    if (request.url === '/stall') return response.writeHead(200, { 'content-length': 100 }).write('half of it');
    if (request.url === '/cut')
      return response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy());
    if (request.url === '/500') return response.writeHead(500).write('a page that never ends');
    response.end('a page');
  });
  const { origin } = server;
  const refused = await refusing();
  const failing = [
    `${origin}/hang`,
    `${origin}/stall`,
    `${origin}/cut`,
    `${origin}/500`,
    refused,
    'http://does-not-exist.invalid/',
  ];
  const urls = [`${origin}/first`, ...failing, `${origin}/last`];
  const program = startLeaping('fetch-three-sites', ...urls, '--timeout', `${LONG}`);
  for (const url of [`${origin}/first`, `${origin}/last`]) await program.printed(`received from ${url}\n`);
  for (const url of [`${origin}/cut`, `${origin}/500`, refused]) await program.printed(`FAILED: ${url}: `);
  program.leap();
  const { code, stdout, stderr } = await program.ended;
  const printed = lines(stdout);
  assert.is(printed.filter((line) => line.startsWith('GET: ')).length, 8);
  assert.equal(printed.filter((line) => line.includes('bytes')).sort(), [
    `6 bytes received from ${origin}/first`,
    `6 bytes received from ${origin}/last`,
  ]);
  const reason = (url: string) => printed.find((line) => line.startsWith(`FAILED: ${url}: `));
  assert.match(reason(`${origin}/hang`) ?? '', `timed out after ${LONG} ms`);
  assert.match(reason(`${origin}/stall`) ?? '', `timed out after ${LONG} ms`);
  assert.match(reason(`${origin}/cut`) ?? '', /other side closed|ECONNRESET/);
  assert.match(reason(`${origin}/500`) ?? '', 'HTTP 500 Internal Server Error');
  assert.match(reason(refused) ?? '', 'ECONNREFUSED');
  assert.match(reason('http://does-not-exist.invalid/') ?? '', /ENOTFOUND|EAI_AGAIN|timed out/);
  assert.is(printed.filter((line) => line.startsWith('FAILED: ')).length, 6);
  assert.match(printed.at(-1) ?? '', /^total \d+ ms, sum of the single times \d+ ms$/);
  assert.equal({ code, stderr }, { code: 1, stderr: '' });
});

for (const [args, message] of [
  [['one.example'], '"one.example" is not a URL'],
  [['ftp://one.example/'], '"ftp://one.example/" is not http:// or https://, but ftp:'],
  [['--timeout', '0'], '--timeout must be a whole number from 1, not "0"'],
  [['--fast'], "Unknown option '--fast'"],
] as const) {
  test(`it refuses ${args.join(' ')} and says why`, async () => {
    const { code, stdout, stderr } = await run('fetch-three-sites', ...args);
    assert.match(stderr, message);
    assert.match(stderr, 'Usage: npm start');
    assert.equal({ code, stdout }, { code: 2, stdout: '' });
  });
}

test.run();
