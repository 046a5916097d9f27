/** If no file descriptor is left, a greenlet that needs one gets EMFILE where it waits, and the program continues. */
import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/no-descriptors');

/** Each runs in a greenlet of a program that has no descriptor left. */
const CALLS: { readonly [name: string]: string } = {
  exec: "yield* exec('echo hi')",
  'exec with options': "yield* exec('echo hi', { timeout: 1_000, killTree: true })",
  execFile: "yield* execFile('echo', ['hi'])",
  'promisify(exec)': "yield* promisify(exec)('echo hi')",
  'promisify(execFile)': "yield* promisify(execFile)('echo', ['hi'])",
  spawn: "yield* spawnChild('echo', ['hi'])",
  fork: "yield* fork('child.js')",
  'child.wait': "yield* spawnChild('echo', ['hi']).wait()",
  'child.communicate': "yield* spawnChild('cat').communicate('hi')",
  'child.communicate without input': "yield* spawnChild('cat').communicate()",
  'child.communicate to a child from outside': 'yield* spawnedOutside().communicate()',
  'child.stdin.sendall': "yield* spawnChild('cat').stdin.sendall('hi')",
  'child.stdin.sendall of exec': "yield* exec('cat').stdin.sendall('hi')",
  'child.stdout.recv': "yield* spawnChild('cat').stdout.recv()",
  'child.stderr.readLine': "yield* spawnChild('cat').stderr.readLine()",
  'child.stdout.recv of a silent fork': "yield* fork('child.js', { silent: true }).stdout.recv()",
  'forEach over child.stdout': "yield* forEach(spawnChild('cat').stdout, () => {})",
  'fs/promises open': "yield* files.open('/dev/null')",
  'fs/promises readFile': "yield* files.readFile('/dev/null')",
  'fs/promises readdir': "yield* files.readdir('/')",
  'forEach over createReadStream': "yield* forEach(createReadStream('/dev/null'), () => {})",
  'net.connect': "yield* net.connect(9, '127.0.0.1')",
  'net.Server.listen': "yield* net.createServer().listen(0, '127.0.0.1')",
  'tls.connect': "yield* tls.connect(9, '127.0.0.1')",
  'http.get': "yield* http.get('http://127.0.0.1:9')",
  'dgram bind': "yield* dgram.createSocket('udp4').bind(0)",
  'dgram send': "yield* dgram.createSocket('udp4').send('hi', 9, '127.0.0.1')",
  'dgram send, twice at once': `
    const socket = dgram.createSocket('udp4');
    const first = spawn(() => socket.send('hi', 9, '127.0.0.1'));
    yield* first.join();
    yield* first`,
  'dgram connect': "yield* dgram.createSocket('udp4').connect(9, '127.0.0.1')",
  'connect()': "yield* ours.connect(9, '127.0.0.1')",
  'connectTls()': "yield* ours.connectTls({ port: 9, host: '127.0.0.1' })",
  'socketPair()': 'yield* ours.socketPair()',
  'bindDatagram()': "yield* ours.bindDatagram(0, '127.0.0.1')",
  'connectDatagram()': "yield* ours.connectDatagram(9, '127.0.0.1')",
  'StreamServer.start': "yield* new ours.StreamServer({ port: 0, host: '127.0.0.1' }, () => {}).start()",
  'HttpServer.start': "yield* new ours.HttpServer({ port: 0, host: '127.0.0.1' }, () => {}).start()",
  'DatagramServer.start': "yield* new ours.DatagramServer({ port: 0, host: '127.0.0.1' }, () => {}).start()",
  'request()': "yield* ours.request('http://127.0.0.1:1999')",
  fetch: "yield* fetch('http://127.0.0.1:1999')",
};

/** Each leaves a failure that no code waits for. */
const UNTAKEN: { readonly [name: string]: string } = {
  'a child without a waiter': "spawnChild('cat'); yield* sleep(1);",
  'a child whose streams are unused': "spawnChild('cat').stdin.write('hi'); yield* sleep(1);",
};

const program = `
import { exec, execFile, fork, spawn as spawnChild } from 'node:child_process';
import dgram from 'node:dgram';
import { closeSync, createReadStream, openSync } from 'node:fs';
import * as files from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { patchAll } from 'greenhub/monkey';
import * as ours from 'greenhub/net';
patchAll();

const outcomes = {};
const reported = [];
getHub().handleError = (greenlet, error) => reported.push(error.code);
const open = [];
let outside;
const spawnedOutside = () => outside;

async function withoutDescriptors(name, body) {
  for (let turns = 0; turns < 3; turns += 1) await turn();
  try {
    for (;;) open.push(openSync('/dev/null'));
  } catch {}
  outside = spawnChild('cat').on('error', () => {});
  let failure;
  await spawn(body).get().catch((error) => { failure = error; });
  for (let turns = 0; turns < 3; turns += 1) await turn();
  for (const descriptor of open.splice(0)) closeSync(descriptor);
  outcomes[name] = { code: failure?.cause?.code ?? failure?.code ?? String(failure), reported: reported.splice(0) };
}

// Modules that are loaded on first use need descriptors for that.
await spawn(function* () {
  yield* exec('true');
  for (const use of [() => fetch('http://127.0.0.1:1999'), () => ours.request('http://127.0.0.1:1999')]) {
    try { yield* use(); } catch {}
  }
});
${Object.entries({ ...CALLS, ...UNTAKEN })
  .map(([name, body]) => `await withoutDescriptors(${JSON.stringify(name)}, function* () { ${body} });`)
  .join('\n')}
console.log(JSON.stringify(outcomes));
`;

const ended = await runProgram(program, { descriptors: 100 });
const outcomes: { [name: string]: { code: string; reported: string[] } } =
  ended.code === 0 ? JSON.parse(ended.stdout) : {};

test('the program continues', () => {
  assert.equal({ code: ended.code, signal: ended.signal, stderr: ended.stderr }, { code: 0, signal: null, stderr: '' });
});

for (const name of Object.keys(CALLS)) {
  test(`${name} throws EMFILE at its waiter and reports it nowhere else`, () => {
    assert.equal(outcomes[name], { code: 'EMFILE', reported: [] });
  });
}

for (const name of Object.keys(UNTAKEN)) {
  test(`the EMFILE of ${name} is reported once`, () => {
    assert.equal(outcomes[name], { code: 'undefined', reported: ['EMFILE'] });
  });
}

test.run();
