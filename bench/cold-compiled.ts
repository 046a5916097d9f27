/** Counts the functions that run, and how many of them V8 optimises and deoptimises before an operation reaches full speed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColdOperation } from './cold-operations.ts';
import type { Peer } from './peers/peers.ts';
import { textTable } from './text-table.ts';
import { type Deoptimisation, functionsRunIn, optimisedIn, thrownAwayIn } from './v8-trace.ts';

/** After this many operations, V8 compiles nothing more. */
const SIZE = 100_000;
/** The maximum number of deoptimisations in one benchmark. */
const LIMIT = 4;

interface Compiled {
  /** The functions of the program and its libraries that run, including at the import. V8 compiles each at its first call. */
  run: number;
  optimised: number;
  thrownAway: Deoptimisation[];
}

/** Measures, prints, and returns the number of operations above the limit. */
export async function compiledFunctions(
  operations: readonly ColdOperation[],
  peers: Map<string, Peer>,
  isNaming: boolean,
  print: (line: string) => void,
): Promise<number> {
  const line = textTable([46, 18, 12, 12, 12]);
  print(line([`functions, in ${SIZE.toLocaleString('en')} operations`, '', 'run', 'optimised', 'deoptimised']));
  let missed = 0;
  for (const { name, title, plain } of operations) {
    for (const who of ['greenhub', plain]) {
      const { run, optimised, thrownAway } = trace(peers.get(who) as Peer, name);
      const isHigh = who === 'greenhub' && thrownAway.length > LIMIT;
      if (isHigh) missed += 1;
      const counts = [run, optimised, thrownAway.length].map(String);
      print(`${line([who === 'greenhub' ? title : '', who, ...counts])}${isHigh ? ' ✗' : ''}`);
      if (isNaming) for (const deoptimisation of thrownAway) print(described(deoptimisation));
    }
  }
  return missed;
}

/** Runs the operation in a process that traces its compilations. */
function trace(peer: Peer, operation: string): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-cold-'));
  const log = join(folder, 'v8.log');
  const tracing = ['--trace-opt', '--trace-deopt', '--log-deopt', '--log-function-events'];
  const flags = [...tracing, `--logfile=${log}`, '--no-logfile-per-isolate'];
  const { command, args } = peer.command(operation);
  try {
    const { stdout, stderr, status } = spawnSync(command, [...flags, ...args, String(SIZE)], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`${peer.name} failed at ${operation}: ${stderr}`);
    const events = readFileSync(log, 'utf8');
    return {
      run: functionsRunIn(events),
      optimised: optimisedIn(stdout),
      thrownAway: thrownAwayIn(stdout, events),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function described({ name, reason, places }: Deoptimisation): string {
  return `  ${name}: ${reason}, at ${places.join(' in ')}`;
}
