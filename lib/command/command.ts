import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './errors.ts';

/** One command of `greenhub`, such as `greenhub run`. */
export interface Command {
  readonly name: string;
  /** The arguments, as the help shows them. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** More lines for `greenhub NAME --help`: its options. */
  readonly help: string;
  /** Those of the arguments that are the command's own, if some are not. */
  own?(args: readonly string[]): readonly string[];
  /**
   * Runs the command.
   *
   * @param args those behind the name of the command
   * @returns the exit code
   */
  run(args: readonly string[]): Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>>;

/**
 * Reads the arguments of a command.
 *
 * @throws UsageError if an option is unknown or lacks its value
 */
export function parsed<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: withNegatives(args, options), options, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (!String(code).startsWith('ERR_PARSE_ARGS_')) throw error;
    // The rest of the message explains how to pass an argument that begins with a dash.
    throw new UsageError(message.replace(/\.(?: To specify a positional argument|\n)[\s\S]*/, ''));
  }
}

/** No option is a negative number: `--seconds -1` is `--seconds=-1`, and others are arguments, which follow the options. */
function withNegatives(args: readonly string[], options: Options): string[] {
  if (args.includes('--')) return [...args];
  const own: string[] = [];
  const numbers: string[] = [];
  for (const arg of args) {
    const before = own.at(-1) ?? '';
    if (!/^-\d+$/.test(arg)) own.push(arg);
    else if (options[before.replace(/^--/, '')]?.type === 'string') own[own.length - 1] = `${before}=${arg}`;
    else numbers.push(arg);
  }
  return numbers.length === 0 ? own : [...own, '--', ...numbers];
}

/**
 * Reads an option that is a port to listen on.
 *
 * @throws UsageError if it is not
 */
export function portOf(name: string, text: string): number {
  const port = numberOf(name, text, 0);
  if (!Number.isInteger(port) || port > 65_535) {
    throw new UsageError(`${name} takes a port, from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return port;
}

/** No timer of Node lasts much longer. */
const MOST_SECONDS = 86_400;

/**
 * Reads an option that is a time in seconds. More than a day is a day.
 *
 * @throws UsageError if it is not
 */
export function secondsOf(name: string, text: string): number {
  return Math.min(numberOf(name, text, 0), MOST_SECONDS);
}

/**
 * Reads an option that is a number.
 *
 * @throws UsageError if it is not, or out of range
 */
export function numberOf(name: string, text: string, least: number, most = Infinity): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number) || number < least || number > most) {
    const range = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
    throw new UsageError(`${name} takes a number, ${range}, not ${JSON.stringify(text)}`);
  }
  return number;
}
