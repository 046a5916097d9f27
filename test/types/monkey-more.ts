import { type ChildProcess, type ExecException, exec, execFile, fork, spawn as spawnChild } from 'node:child_process';
import dns, { lookup, resolve4 } from 'node:dns';
import { EventEmitter, once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import { type Operation, spawn } from 'greenhub';
import {
  type Command,
  type Communication,
  type ExitStatus,
  type Output,
  type OutputTimeout,
  patchChildProcess,
  patchDns,
  patchEvents,
  type SignalHandle,
  signalHandler,
} from 'greenhub/monkey';
import { accepts, check, type Equal } from './expect.js';

accepts<(() => void)[]>([patchDns, patchChildProcess, patchEvents]);

function* names() {
  const { address, family } = yield* dns.lookup('localhost');
  check<Equal<typeof address, string>>();
  check<Equal<typeof family, number>>();
  const every = yield* lookup('localhost', { all: true });
  check<Equal<typeof every, dns.LookupAddress[]>>();
  const promised = yield* dns.promises.lookup('localhost');
  check<Equal<typeof promised, dns.LookupAddress>>();
  const { hostname, service } = yield* dns.lookupService('127.0.0.1', 80);
  check<Equal<[typeof hostname, typeof service], [string, string]>>();
  const addresses = yield* resolve4('example.com');
  check<Equal<typeof addresses, string[]>>();
  const withTtl = yield* dns.resolve4('example.com', { ttl: true });
  check<Equal<typeof withTtl, dns.RecordWithTtl[]>>();
  const exchanges = yield* dns.resolve('example.com', 'MX');
  check<Equal<typeof exchanges, dns.MxRecord[]>>();
  const soa = yield* new dns.Resolver().resolveSoa('example.com');
  check<Equal<typeof soa, dns.SoaRecord>>();
  const texts = yield* new dns.promises.Resolver().resolveTxt('example.com');
  check<Equal<typeof texts, string[][]>>();
  const reverse = yield* dns.reverse('127.0.0.1');
  check<Equal<typeof reverse, string[]>>();
}

// With a callback, nothing changes.
dns.lookup('localhost', (error, address, family) => {
  check<Equal<typeof error, NodeJS.ErrnoException | null>>();
  check<Equal<[typeof address, typeof family], [string, number]>>();
});
dns.resolve4('example.com', (_error, addresses) => check<Equal<typeof addresses, string[]>>());
const promisedLookup = promisify(dns.lookup);
check<Equal<Awaited<ReturnType<typeof promisedLookup>>, dns.LookupAddress | dns.LookupAddress[]>>();

function* children() {
  const { stdout, stderr } = yield* execFile('ls', ['-l']);
  check<Equal<[typeof stdout, typeof stderr], [string, string]>>();
  const bytes = yield* execFile('ls', ['-l'], { encoding: 'buffer' });
  check<Equal<typeof bytes, Output<Buffer>>>();
  const some = yield* exec('ls', { killTree: true, killGrace: 100 });
  check<Equal<typeof some, Output<string>>>();
  const named = yield* exec('ls', { encoding: 'latin1' });
  check<Equal<typeof named, Output<string>>>();
  const promised = yield* promisify(execFile)('ls');
  check<Equal<typeof promised, { stdout: string; stderr: string }>>();

  const child = spawnChild('cat', { killTree: true });
  const status = yield* child;
  check<Equal<typeof status, ExitStatus>>();
  const same = yield* child.wait({ timeout: 1_000 });
  check<Equal<typeof same, ExitStatus>>();
  const { code, signal } = same;
  check<Equal<[typeof code, typeof signal], [number | null, NodeJS.Signals | null]>>();
  const output = yield* child.communicate('input', { timeout: 1_000 });
  check<Equal<typeof output, Communication<Buffer>>>();
  const text = yield* child.communicate(undefined, { encoding: 'utf8' });
  check<Equal<typeof text.stdout, string>>();
  const forked = yield* fork('worker.js', { killTree: true });
  check<Equal<typeof forked.code, number | null | undefined>>();
  // @ts-expect-error there is no such option
  child.communicate('input', { encodings: 'utf8' });
  // @ts-expect-error milliseconds are a number
  child.wait({ timeout: '1s' });
}

// A child is unchanged.
const plain: ChildProcess = exec('ls');
accepts<ChildProcess>(execFile('ls', ['-l']));
accepts<Command<string>>(exec('ls'));
exec('ls', (error, stdout) => {
  check<Equal<typeof error, ExecException | null>>();
  check<Equal<typeof stdout, string>>();
});
execFile('ls', ['-l'], { encoding: 'buffer' }, (_error, stdout) => accepts<Buffer>(stdout));
accepts<Operation<ExitStatus>>(plain.wait());
const status = await plain.wait();
check<Equal<typeof status, ExitStatus>>();
const partial = (timeout: OutputTimeout) => timeout.partial.stdout;
check<Equal<ReturnType<typeof partial>, string>>();

function* others() {
  const [first] = yield* once(new EventEmitter(), 'event');
  using handle = yield* open('file');
  const text = yield* readFile(handle, 'utf8');
  check<Equal<typeof text, string>>();
  const answer = yield* createInterface(process.stdin).question('name? ');
  check<Equal<typeof answer, string>>();
  return first;
}

const handle = signalHandler('SIGHUP', names);
check<Equal<typeof handle, SignalHandle>>();
handle.cancel();
{
  using _ = signalHandler(
    'SIGINT',
    function* (name: string, count: number) {
      return name.repeat(count);
    },
    'name',
    2,
  );
}
// @ts-expect-error there is no such signal
signalHandler('SIGFOO', names);
// @ts-expect-error an argument is missing
signalHandler('SIGINT', (name: string) => name);

spawn(children);
spawn(others);
