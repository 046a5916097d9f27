/** The help text of every example, and its message for a port that is in use. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exampleFiles } from '../../scripts/examples.js';
import type { Ended } from '../support/ending.ts';
import { help, lines, loopback, run, runAsUser } from './program.ts';

const test = suite('usage of the examples');

const files = exampleFiles();
const examples = [...files.keys()];

/** The examples that listen, with the arguments for a port. */
const servers = new Map<string, (port: string) => string[]>([
  ['busy-server', (port) => [port]],
  ['chat-server', (port) => [port]],
  ['echo-server', (port) => [port]],
  ['express-app', (port) => [port]],
  ['http-hello', (port) => [port]],
  ['port-forwarder', (port) => [port, '127.0.0.1', '1']],
  ['prefork-http', (port) => [port]],
  ['udp-echo', (port) => [port]],
  ['web', (port) => [port]],
  ['web-proxy', (port) => [port]],
]);

/** A refusal is one line without a stack. */
function assertOneLine({ stdout, stderr }: Ended, says: RegExp): void {
  assert.is(stdout, '');
  assert.is(lines(stderr).length, 1, stderr);
  assert.match(stderr, says);
}

for (const [name, file] of files) {
  const source = readFileSync(`examples/${file}`, 'utf8');

  test(`${name} --help describes the program, and its arguments with their defaults`, async () => {
    const { code, stdout, stderr } = await help(name);
    assert.equal({ code, stderr }, { code: 0, stderr: '' });
    const [does, usage = ''] = stdout.split('\n\nUsage: ');
    assert.is(does?.split('\n')[0], source.split('\n')[0]?.replace('// ', ''));
    const [first = '', ...rest] = lines(usage);
    const called = name === 'fetch-three-sites' ? 'npm start' : `npm run example ${name}`;
    assert.ok(first.startsWith(called), first);
    // The help describes each option that the source reads, and each line names the default.
    for (const [, option] of source.matchAll(/values(?:\.(\w+)|\['([\w-]+)'\])/g)) assert.match(usage, `--${option}`);
    for (const line of rest) assert.match(line, /\(.+\)$|^ {2}--client |^ {2}host, port /);
    assert.is(first.includes('['), rest.length > 0 && name !== 'port-forwarder');
  });
}

test('npm run example runs an example from its source', async () => {
  assert.equal(await runAsUser('switch-order', '--help'), await help('switch-order'));
});

for (const name of examples.filter((name) => !servers.has(name))) {
  test(`${name} refuses an option that it does not know, in one line`, async () => {
    const ended = await run(name, '--nonsense');
    assert.is(ended.code, 2);
    assertOneLine(ended, /Unknown option '--nonsense'.* Usage: npm /);
  });
}

test('the examples that listen are all known here', () => {
  const listening = examples.filter((name) =>
    readFileSync(`examples/${files.get(name)}`, 'utf8').includes('listening('),
  );
  assert.equal(listening, [...servers.keys()]);
});

for (const [name, args] of servers) {
  test(`${name} refuses an invalid port, in one line`, async () => {
    const ended = await run(name, ...args('70000'));
    assert.is(ended.code, 2);
    assertOneLine(ended, /the port.* must be a number from 0 to 65535, not "70000"\. Usage: npm run example /);
  });

  test(`${name} says in one line that its port is taken`, async () => {
    const udp = createSocket('udp4');
    const tcp = createServer();
    const port = name === 'udp-echo' ? await bound(udp) : await loopback(tcp);
    try {
      const ended = await run(name, ...args(String(port)));
      assert.is(ended.code, 1);
      assertOneLine(ended, new RegExp(`^cannot listen on port ${port}: another program uses it \\(EADDRINUSE\\)`));
    } finally {
      if (name === 'udp-echo') udp.close();
      else tcp.close();
    }
  });
}

async function bound(socket: ReturnType<typeof createSocket>): Promise<number> {
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}

test.run();
