import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, type Program, run, start } from './program.ts';

const test = suite('example http-hello');

/** Runs a body with the server, which the body must interrupt at its end. */
async function served(body: (origin: string, program: Program) => Promise<void>): Promise<void> {
  const program = start('http-hello', '0');
  await program.printed('\n');
  const [, origin = ''] = /^listening on (http:\S+)\n/.exec(program.output()) ?? [];
  await body(origin, program).catch((error) => {
    program.interrupt();
    throw error;
  });
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
}

async function answerTo(sent: ClientRequest): Promise<string> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return `${response.statusCode} ${await text(response)}`;
}

function get(url: string): Promise<string> {
  return answerTo(request(url, { agent: false }).end());
}

function post(url: string, body: string | Buffer): Promise<string> {
  return answerTo(request(url, { method: 'POST', agent: false }).end(body));
}

test('without a port it runs a demonstration and ends', async () => {
  const { code, stdout, stderr } = await run('http-hello');
  const [first, ...printed] = lines(stdout);
  assert.match(first ?? '', /^listening on http:/);
  assert.equal(printed.slice(0, 3).sort(), [
    '/: 200 hello',
    '/echo: 200 what was sent',
    '/nowhere: 404 there are /, /sleep?ms=… and /echo',
  ]);
  assert.equal(printed.slice(3), ['no more requests', '/sleep?ms=500: 200 slept 500 ms']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('it answers each route, and other paths', () =>
  served(async (origin, program) => {
    assert.is(await get(origin), '200 hello\n');
    assert.is(await get(`${origin}/sleep?ms=10`), '200 slept 10 ms\n');
    assert.is(await post(`${origin}/echo`, 'wörds'), '200 wörds');
    assert.match(await get(`${origin}/elsewhere`), /^404 there are/);
    for (const ms of ['?ms=-1', '?ms=long', '']) assert.match(await get(`${origin}/sleep${ms}`), /^400 ms is a number/);
    program.interrupt();
  }));

test('a sleeping request holds up no other', () =>
  served(async (origin, program) => {
    const sleeper = request(`${origin}/sleep?ms=60000`, { agent: false }).end();
    sleeper.on('error', () => {});
    await once(sleeper, 'finish');
    assert.is(await get(origin), '200 hello\n');
    sleeper.destroy();
    program.interrupt();
  }));

test('a body that is too long is refused', () =>
  served(async (origin, program) => {
    assert.match(await post(`${origin}/echo`, Buffer.alloc(1_000_001)), /^413 that is more/);
    assert.is((await post(`${origin}/echo`, 'x'.repeat(1_000_000))).length, 1_000_004);
    program.interrupt();
  }));

test('Ctrl-C lets current requests finish, and refuses new ones', () =>
  served(async (origin, program) => {
    const sleeper = request(`${origin}/sleep?ms=1000`, { agent: false }).end();
    const answered = answerTo(sleeper);
    await once(sleeper, 'finish');
    // On another, later connection: when this is answered, the sleeper is being served.
    assert.is(await get(origin), '200 hello\n');
    program.interrupt();
    while ((await get(origin).catch((error) => error.code)) !== 'ECONNREFUSED');
    assert.is(await answered, '200 slept 1000 ms\n');
  }));

test.run();
