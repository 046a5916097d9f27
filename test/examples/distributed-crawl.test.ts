import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { redis } from '../third-party/redis.ts';
import { lines, startWith } from './program.ts';

const test = suite('example distributed-crawl');

const PATHS = Array.from({ length: 40 }, (_, n) => `/${n + 1}`).sort();

/** The pages that it has loaded, with the process that has loaded each. */
function loaded(stdout: string): { path: string; pid: string }[] {
  const steps = stdout.matchAll(/^\[\d+\/\d+\] http:\/\/127\.0\.0\.1:\d+(\/\d+) by process (\d+)$/gm);
  return [...steps].map(([, path = '', pid = '']) => ({ path, pid }));
}

test('without a server, it loads each page once, in its own process', async () => {
  const { code, stdout, stderr } = await startWith({ REDIS_URL: '' }, 'distributed-crawl').ended;
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  assert.is(lines(stdout)[0], 'REDIS_URL is not set: the tasks run in this process');
  assert.equal(
    loaded(stdout)
      .map(({ path }) => path)
      .sort(),
    PATHS,
  );
  assert.is(lines(stdout).at(-1), 'done: 40 pages, each once, by 1 process; 40 requests');
});

const server = redis();

if (server === undefined) test.skip('three processes are skipped, because redis-server is not installed');
else {
  test('three processes load each page once, although one of them is killed by -9', async () => {
    const program = startWith({ REDIS_URL: `redis://127.0.0.1:${await server.start()}` }, 'distributed-crawl');
    const { code, stdout, stderr } = await program.ended;
    assert.is(code, 0, `${stdout}\n${stderr}`);
    const pages = loaded(stdout);
    assert.equal(pages.map(({ path }) => path).sort(), PATHS);
    const [, killed = ''] = /^worker (\d+) was killed by -9 while it was loading http:\S+\/13$/m.exec(stdout) ?? [];
    const instead = pages.find(({ path }) => path === '/13')?.pid;
    assert.not.equal(killed, '');
    assert.not.equal(instead, killed);
    const [, requests] = /^done: 40 pages, each once, by \d process(?:es)?; (\d+) requests$/m.exec(stdout) ?? [];
    // What the killed process was loading was requested twice.
    assert.ok(Number(requests) > 40, stdout);
  });

  test('the server is stopped', () => server.stop());
}

test.run();
