/**
 * `npm run bench:peers [-- --quick] [--save] [--no-build] [--beside FOLDER] [name …]` compares greenhub with its peers, and prints
 * tables and the limits. It only marks a limit that is not met. With names, it measures only operations whose name or title contains
 * one of them; `scaling`, `import` and `size` name the tables at the end. `--quick` takes a minute or two. `--save` writes the tables
 * and the chart into bench/results/. `--no-build` measures the same greenhub as the previous run. `--beside` compares the operations
 * with another built checkout of greenhub instead of the peers.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureSizes } from './bundle-size.ts';
import { measureImports } from './import-time.ts';
import { type Effort, measure } from './measure.ts';
import { operations } from './operations.ts';
import { compiled } from './paths.ts';
import { availablePeers, builds, OTHER_BUILD, type Peer } from './peers.ts';
import { installBeside, prepare } from './prepare.ts';
import { importTable, machine, outcomeHeader, outcomeLines, scalingTable, sizeTable, verdictTable } from './report.ts';
import { jsonFolder, resultsFolder, saveJson, saveResults } from './save.ts';
import { measureScaling, scalingName, scalingPeers, scalingTitles } from './scaling.ts';
import { type Results, type Verdict, verdicts } from './verdicts.ts';

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    beside: { type: 'string' },
  },
  allowPositionals: true,
});
const { quick, save, beside } = values;
if (save && beside !== undefined)
  throw new Error('--save keeps a comparison with the peers: leave it out with --beside');
const patterns = positionals.map((name) => name.toLowerCase());
const effort: Effort = {
  ...(quick ? { rounds: 3, budget: 60, share: 0.2 } : { rounds: 5, budget: 120, share: 1 }),
  repeats: beside === undefined ? 1 : 7,
};
const chosen = operations.filter(({ name, title }) => isAsked(name, title));
const scalings = isAsked('scaling') ? Object.keys(scalingTitles) : [];

await prepare(!values['no-build']);
if (beside !== undefined) installBeside(resolve(beside));
const { peers, missing } = beside === undefined ? availablePeers() : { peers: builds(), missing: [] };
const lines: string[] = [];
const results: Results = { outcomes: [], scaled: [], imports: [], sizes: [] };
const started = performance.now();
print(`${machine()}; ${beside === undefined ? versions() : `beside the build in ${resolve(beside)}`}.`);
for (const line of missing) print(`* ${line}`);
print();
await measureOperations();
if (beside === undefined) await compareWithPeers();
process.exit();

async function compareWithPeers(): Promise<void> {
  await measureTheRest();
  const judged = verdicts(results);
  print(...verdictTable(judged));
  const unmet = judged.filter(({ met }) => !met).length;
  console.log(`\n${judged.length - unmet} limits are met and ${unmet} are not (${minutes()} minutes)`);
  await keep(judged);
}

async function measureOperations(): Promise<void> {
  if (chosen.length === 0) return;
  const site = fork(join(compiled, 'site.mjs'), { stdio: ['ignore', 2, 2, 'ipc'] });
  const [url] = await once(site, 'message');
  print(outcomeHeader());
  for (const operation of chosen) {
    try {
      const others = beside === undefined ? operation.peers : [OTHER_BUILD];
      const outcome = await measure({ ...operation, peers: others }, peers, effort, { SITE: url });
      results.outcomes.push(outcome);
      print(...outcomeLines(outcome));
    } catch (error) {
      print(`| ${operation.title}: not measured: ${error instanceof Error ? error.message : error} |`);
      process.exitCode = 1;
    }
  }
  print();
  site.kill();
}

async function measureTheRest(): Promise<void> {
  for (const operation of scalings) {
    for (const who of ['greenhub', ...(scalingPeers[operation] ?? [])]) {
      const peer = peers.get(scalingName(who)) as Peer;
      results.scaled.push(await measureScaling(operation, who, peer, quick ? 2 : 3, quick ? 100_000 : 1_000_000));
    }
  }
  if (isAsked('import')) results.imports = await measureImports(quick ? 3 : 15);
  if (isAsked('size')) results.sizes = await measureSizes();
  for (const table of [scalingTable(results.scaled), importTable(results.imports), sizeTable(results.sizes)]) {
    if (table.length > 0) print(...table, '');
  }
}

function isAsked(...names: string[]): boolean {
  return (
    patterns.length === 0 || patterns.some((pattern) => names.some((name) => name.toLowerCase().includes(pattern)))
  );
}

function print(...more: string[]): void {
  if (more.length === 0) more.push('');
  lines.push(...more);
  for (const line of more) console.log(line);
}

function versions(): string {
  return [...peers.values()]
    .filter(({ name, version }) => version !== process.version && !/^greenhub |^scaling |,/.test(name))
    .map(({ name, version }) => `${name} ${version}`)
    .join(', ');
}

function minutes(): string {
  return ((performance.now() - started) / 60_000).toFixed(1);
}

async function keep(judged: readonly Verdict[]): Promise<void> {
  const content = { machine: machine(), peers: versions(), quick, ...results, verdicts: judged };
  saveJson(join(jsonFolder, `node-${process.versions.node}${quick ? '-quick' : ''}.json`), content);
  if (!save) return;
  // `prepare()` installs the chart's libraries together with the peers.
  const { drawChart } = await import('./chart.ts');
  const chart = await drawChart(results.outcomes, `${machine()}, medians of an interleaved run`);
  saveResults(resultsFolder, process.versions.node, lines.join('\n'), chart);
}
