import { basename } from 'node:path';
import type { FamilyMember } from '../inspect/family.ts';
import { type Command, parsed } from './command.ts';
import { duration } from './duration.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { everyMember } from './members.ts';
import { plainLine } from './plain.ts';
import { type Program, programsWithChildren } from './programs.ts';
import { table } from './table.ts';
import { noMore } from './visit.ts';

/** `greenhub ps`: lists the prepared programs. */
export const ps: Command = {
  name: 'ps',
  usage: '[--json]',
  summary: 'lists the programs of yours that are prepared',
  help: `
  --json    print JSON

A program is prepared if it was started by "greenhub run", or with GREENHUB_INSPECT=1.`,

  async run(args) {
    const { values, positionals } = parsed(args, JSON_OPTION);
    noMore(positionals);
    const found = await programsWithChildren();
    if (values.json === true) printJson(found);
    else if (found.length === 0) process.stdout.write('There are no prepared programs.\n');
    else process.stdout.write(table(['PID', 'UP', 'GREENLETS', 'PROGRAM'], found.flatMap(rowsOf)));
    return 0;
  },
};

type Row = (string | number)[];

/** The row of a program, and those of the processes and threads that it has started. */
function rowsOf({ pid, info, children }: Program): Row[] {
  if (info === null) return [[pid, '', '', '(does not answer: something blocks its event loop)']];
  const [program = '', ...rest] = info.command;
  const row = [pid, duration(info.uptime * 1_000), info.greenlets, plainLine([basename(program), ...rest].join(' '))];
  return [row, ...everyMember(children).map(memberRow)];
}

function memberRow({ member, depth }: { member: FamilyMember; depth: number }): Row {
  const { pid, name, kind, silent, hub } = member;
  const what = silent ?? (kind === 'thread' ? kind : null);
  const title = what === null ? name : `${name} (${what})`;
  return [pid, '', hub?.greenlets ?? '', plainLine('  '.repeat(depth) + title)];
}
