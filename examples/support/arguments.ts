// The arguments of the examples: `--help`, and checks that print one line with the problem and the usage.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * `parseArgs` of node:util. `--help` prints what the example does and the usage; a wrong option ends the program with one line.
 *
 * @param usage the command in the first line, then the arguments and options with their defaults
 */
export function readArguments<T extends ParseArgsConfig>(config: T, usage: string) {
  if (process.argv.includes('--help')) {
    console.log(`${description()}\n\n${usage}`);
    process.exit();
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse((error as Error).message, usage);
  }
}

/** For an example that takes no arguments. */
export function noArguments(): void {
  readArguments({}, `Usage: npm run example ${basename(example(), '.ts')}`);
}

/**
 * For an example whose only argument is a port; 0 means a free port.
 *
 * @param without what the example does without a port
 * @returns undefined if none is given
 */
export function readPort(without: string): number | undefined {
  const usage = `Usage: npm run example ${basename(example(), '.ts')} -- [port]\n  ${portHelp(without)}`;
  const { positionals } = readArguments({ allowPositionals: true }, usage);
  return onlyPort(positionals, usage);
}

/** The line of the usage that describes the port. */
export function portHelp(without: string): string {
  return `port  where to listen, on 127.0.0.1; 0 for a free port (without a port: ${without})`;
}

/** The only argument, as a port; undefined if there is none. */
export function onlyPort([port, ...rest]: string[], usage: string, least: 0 | 1 = 0): number | undefined {
  if (rest.length > 0) refuse(`give one port, without "${rest.join(' ')}"`, usage);
  return port === undefined ? undefined : portNumber('the port', port, least, usage);
}

/** Ends the program with one line: the problem with its arguments, and the usage. */
export function refuse(problem: string, usage: string): never {
  console.error(`${problem}. ${usage.split('\n', 1)[0]}`);
  process.exit(2);
}

/** Ends the program unless this is an http or https URL. */
export function checkUrl(url: string, usage: string): void {
  if (!URL.canParse(url)) refuse(`"${url}" is not a URL: a URL begins with http:// or https://`, usage);
  const { protocol } = new URL(url);
  if (!/^https?:$/.test(protocol)) refuse(`"${url}" is not http:// or https://, but ${protocol}`, usage);
}

/** An option that is a whole number from 1. */
export function wholeNumber(option: string, text: string, usage: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) refuse(`${option} must be a whole number from 1, not "${text}"`, usage);
  return Number(text);
}

/** A port from `least`; 0 means a free port. */
export function portNumber(what: string, text: string, least: 0 | 1, usage: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= least && port <= 65_535) return port;
  return refuse(`${what} must be a number from ${least} to 65535, not "${text}"`, usage);
}

/** The comment at the head of the example, without the line that says how to run it. */
function description(): string {
  const [head = ''] = /^(?:\/\/.*\n)+/.exec(readFileSync(example(), 'utf8')) ?? [];
  const lines = head.trimEnd().split('\n');
  return lines
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .filter((line) => !line.startsWith('Run: '))
    .join('\n');
}

function example(): string {
  return process.argv[1] ?? '';
}
