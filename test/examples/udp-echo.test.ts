import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LONG, lines, listeningPort, run, start, startLeaping } from './program.ts';

const test = suite('example udp-echo');

test('without arguments it serves and measures, loses every fourth, and ends', async () => {
  // Nothing is late here unless the machine stands still for this long.
  const { code, stdout, stderr } = await run('udp-echo', '--timeout', '3000');
  const printed = lines(stdout);
  for (const [index, line] of printed.slice(0, 8).entries()) {
    assert.match(line, index % 4 === 3 ? /^[48]: lost, no answer within 3000 ms$/ : /^[1-7]: \d+\.\d\d ms$/);
  }
  assert.match(printed[8] ?? '', /^8 sent, 6 came back, 2 lost; mean \d+\.\d\d ms, longest \d+\.\d\d ms$/);
  assert.equal({ code, stderr, count: printed.length }, { code: 0, stderr: '', count: 9 });
});

test('the server echoes datagrams, and ends on Ctrl-C', async () => {
  const program = start('udp-echo', '0');
  const port = await listeningPort(program);
  const socket = createSocket('udp4');
  socket.send('hello', port, '127.0.0.1');
  const [data] = await once(socket, 'message');
  assert.is(String(data), 'hello');
  const client = await run('udp-echo', `${port}`, '--client', '--count', '3', '--timeout', `${LONG}`);
  assert.match(client.stdout, '3 sent, 3 came back, 0 lost');
  assert.is(client.code, 0);
  socket.close();
  program.interrupt();
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test('an answer that comes too late is not taken for the next', async () => {
  const socket = createSocket('udp4');
  let late: Buffer | undefined;
  let askedFirst = (): void => {};
  const asked = new Promise<void>((settle) => {
    askedFirst = settle;
  });
  socket.on('message', (data: Buffer, { port, address }: RemoteInfo) => {
    // The first answer arrives with the second question, before the second answer.
    if (late === undefined) {
      late = data;
      askedFirst();
    } else for (const each of [late, data]) socket.send(each, port, address);
  });
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  const args = [`${socket.address().port}`, '--client', '--count', '2', '--timeout', `${LONG}`];
  const program = startLeaping('udp-echo', ...args);
  await asked;
  program.leap();
  const { code, stdout } = await program.ended;
  socket.close();
  assert.match(stdout, /^1: lost, no answer within 600000 ms\n2: \d+\.\d\d ms\n2 sent, 1 came back, 1 lost/);
  assert.is(code, 0);
});

test('if no server listens, all datagrams are lost', async () => {
  const socket = createSocket('udp4');
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  const { port } = socket.address();
  socket.close();
  const { code, stdout } = await run('udp-echo', `${port}`, '--client', '--count', '2', '--timeout', `${LONG}`);
  assert.match(stdout, 'ECONNREFUSED');
  assert.match(stdout, /2 sent, 0 came back, 2 lost\n$/);
  assert.is(code, 1);
});

for (const [args, message] of [
  [['--client'], 'give the port of the server'],
  [['many'], 'the port must be a number from 0 to 65535, not "many"'],
  [['7000', '--count', '0'], '--count must be a whole number from 1, not "0"'],
] as const) {
  test(`it refuses ${args.join(' ')} and says why`, async () => {
    const { code, stderr } = await run('udp-echo', ...args);
    assert.match(stderr, message);
    assert.match(stderr, 'Usage: npm run example udp-echo');
    assert.is(code, 2);
  });
}

test.run();
