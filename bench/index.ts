/**
 * `npm run bench [-- --json] [name …]` measures what greenhub costs beside the same work in plain JavaScript, and
 * prints a table; with names, only the rows that have one of them in theirs or their file's. A limit that is exceeded
 * is marked and no more: this is a table and not a test.
 *
 * Some names are those of programs with an output of their own: `cold` prints what greenhub costs in fresh processes,
 * `deciding` what each of many branches costs, `imap-memory` how much memory a million items of a mapping take, `net` how many
 * requests a second servers answer, `soak` what is left of servers after a minute of clients that come and go and are killed,
 * and `tax` what the patches cost code that is in no greenlet.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Group, groups } from './groups.ts';
import { programs } from './programs.ts';
import type { Row } from './row.ts';
import { measure, type Result } from './runner.ts';
import { preamble, processors, Table } from './table.ts';

const args = process.argv.slice(2);
const program = programs.find(({ name }) => name === args[0]);
const json = program === undefined && args.includes('--json');
const patterns = args.filter((arg) => !arg.startsWith('--')).map((arg) => arg.toLowerCase());

if (!json) console.log(preamble());
build();
if (program !== undefined) process.exit(await program.run(args.slice(1), console.log));
const chosen = await chooseRows();
if (chosen.length === 0) {
  console.error(
    `bench: no row is called ${patterns.join(' or ')}; the files are: ${groups.map((g) => g.name).join(', ')}`,
  );
  process.exit(1);
}
const results = await measureAll();
if (json) console.log(JSON.stringify({ node: process.version, cpu: processors(), results }, null, 2));

/** What is measured is the package as users get it, in dist, so that must be the present one. */
function build(): void {
  const script = fileURLToPath(new URL('../scripts/build.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error('bench: the build failed, so there is nothing up to date to measure');
  process.exit(1);
}

async function chooseRows(): Promise<{ group: Group; row: Row }[]> {
  const all = [];
  for (const group of groups) for (const row of await group.load()) all.push({ group, row });
  if (patterns.length === 0) return all;
  return all.filter(({ group, row }) => {
    const names = `${group.name}\n${row.name}`.toLowerCase();
    return patterns.some((pattern) => names.includes(pattern));
  });
}

async function measureAll(): Promise<Result[]> {
  const table = new Table(chosen.map(({ row }) => row.name));
  const print = json ? () => undefined : console.log;
  print(table.header());
  const results: Result[] = [];
  for (const { group, row } of chosen) {
    try {
      const result = await measure(group.name, row);
      results.push(result);
      print(table.line(result));
    } catch (error) {
      console.error(table.failure(row.name, error));
      process.exitCode = 1;
    }
  }
  return results;
}
