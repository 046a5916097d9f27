/**
 * `npm run bench [-- --json] [name …]` compares greenhub with the same work in plain JavaScript and prints a table. With names, it
 * measures only rows whose name or file name contains one of them. It only marks an exceeded limit: this is a table, not a test.
 *
 * Some names run a program with its own output. `cold` prints the cost in fresh processes, `console` what a program loses
 * while its console is open, `deciding` the cost of each of many
 * branches, `imap-memory` the memory use of a million items in a mapping, `inspect` the cost of the tools that watch greenlets, `net`
 * the requests per second of servers, `process`
 * the pools of threads and processes beside those of other libraries, `shared` what threads and processes share beside bare
 * messages, `size` the size of bundles, `soak` the
 * leftovers of servers after a minute of clients that connect, disconnect and are killed, `tasks` greenhub/tasks beside BullMQ used by
 * hand and Celery, and `tax` the cost of the patches outside greenlets.
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
    `bench: no row matches ${patterns.join(' or ')}; the files are: ${groups.map((g) => g.name).join(', ')}`,
  );
  process.exit(1);
}
const results = await measureAll();
if (json) console.log(JSON.stringify({ node: process.version, cpu: processors(), results }, null, 2));

/** The benchmarks measure the package in dist, as users get it, so dist must be up to date. */
function build(): void {
  const script = fileURLToPath(new URL('../scripts/build.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error('bench: the build failed');
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
