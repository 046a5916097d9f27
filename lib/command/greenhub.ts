import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { CommandError, UsageError } from './errors.ts';
import { version } from './package.ts';

/**
 * The command `greenhub`.
 *
 * @param args the arguments of the process
 * @returns the exit code: 0, 1 for a failure, 2 for wrong arguments, and for `greenhub run` that of the program
 */
export async function greenhub([name, ...args]: readonly string[]): Promise<number> {
  const command = commands.find((each) => each.name === name);
  try {
    if (command === undefined) return general(name, args);
    if (!asksForHelp(command, args)) return await command.run(args);
    process.stdout.write(helpOf(command));
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const title = command === undefined ? 'greenhub' : `greenhub ${command.name}`;
    const hint = error instanceof UsageError ? `. See "${title} --help".` : '';
    process.stderr.write(`${title}: ${error.message}${hint}\n`);
    return error.exitCode;
  }
}

/** Without a command, there are two options. */
function general(name: string | undefined, [more]: readonly string[]): number {
  if (name === '--version' || name === '-v') process.stdout.write(`${version()}\n`);
  else if (name === '--help' || name === '-h') process.stdout.write(help());
  else if (name === 'help') process.stdout.write(helpFor(more));
  else if (name === undefined) {
    process.stderr.write(help());
    return 2;
  } else throw new UsageError(`there is no ${name.startsWith('-') ? 'option' : 'command'} ${name}`);
  return 0;
}

/** Behind the program of `greenhub run`, `--help` is the program's. */
function asksForHelp(command: Command, args: readonly string[]): boolean {
  const own = command.own?.(args) ?? args;
  return own.includes('--help') || own.includes('-h');
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `greenhub shows what the greenlets of a program do.

Usage: greenhub COMMAND [OPTIONS] [ARGUMENTS]

${list.join('\n')}

  --help       prints this, or behind a command the help of the command
  --version    prints the version
`;
}

function helpFor(name: string | undefined): string {
  if (name === undefined) return help();
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw new UsageError(`there is no command ${name}`);
  return helpOf(command);
}

function helpOf({ name, usage, summary, help: details }: Command): string {
  return `greenhub ${name}: ${summary}\n\nUsage: greenhub ${name} ${usage}\n${details}\n`;
}
