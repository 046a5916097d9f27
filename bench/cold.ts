/**
 * `npm run bench cold [-- --processes 20 --sizes 100,1000,10000 --names --processor] [spawn | queue … | first | compiled | scripts]`: what
 * greenhub costs before it is warm. Each measurement uses a fresh process with the built package, as users install it. The
 * processes of greenhub, of plain promises and of the peers take turns. All figures are medians; a ratio is the median over
 * neighbouring runs. Three tables:
 *
 * `first` shows the cost of the first operations, after the libraries are loaded. `compiled` counts the functions that V8
 * optimises on the way to full speed, and how often it deoptimises code (`--names` lists these cases). `scripts` shows the time
 * of whole processes, from start to exit.
 *
 * On a busy machine, use `--processor` to measure processor time instead. For first operations it is the time of the thread; for
 * scripts it is the time of all threads, including the compiler and the garbage collector.
 */
import { parseArgs } from 'node:util';
import { compiledFunctions } from './cold-compiled.ts';
import { firstOperations } from './cold-first.ts';
import { type ColdOperation, coldOperations } from './cold-operations.ts';
import { shortScripts } from './cold-scripts.ts';
import { availablePeers } from './peers/peers.ts';
import { compilePrograms, installGreenhub } from './peers/prepare.ts';

const parts = ['first', 'compiled', 'scripts'];

/** Measures, prints, and returns the number of figures above their limit. */
export async function benchCold(args: string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      processes: { type: 'string', default: '20' },
      sizes: { type: 'string', default: '100,1000,10000' },
      names: { type: 'boolean', default: false },
      processor: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const processes = Number(values.processes);
  const named = positionals.filter((name) => !parts.includes(name));
  const asked = positionals.filter((name) => parts.includes(name));
  const isAsked = (part: string) =>
    asked.length === 0 ? part !== 'scripts' || named.length === 0 : asked.includes(part);
  const chosen = coldOperations.filter((operation) => isNamed(operation, named));

  installGreenhub();
  await compilePrograms();
  const { peers, missing } = availablePeers();
  if (missing.length > 0)
    print(`Not installed, so not measured: ${missing.map((line) => line.split(':')[0]).join(', ')}`);
  let missed = 0;
  const clock = values.processor ? 'processor' : 'wall';
  if (isAsked('first')) {
    const sizes = values.sizes.split(',').map(Number);
    missed += await firstOperations(chosen, { peers, sizes, processes, clock }, print);
  }
  if (isAsked('compiled')) missed += await compiledFunctions(chosen, peers, values.names, print);
  if (isAsked('scripts')) missed += shortScripts(processes, clock, print);
  print(`${missed} above their limit`);
  return missed;
}

function isNamed({ name, title }: ColdOperation, names: readonly string[]): boolean {
  return names.length === 0 || names.some((part) => `${name}\n${title}`.toLowerCase().includes(part.toLowerCase()));
}
