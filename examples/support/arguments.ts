// What the examples that take arguments share: checks whose messages say what is wrong and how it is done.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** `parseArgs` of node:util; a wrong option ends the program with a message and the usage. */
export function readArguments<T extends ParseArgsConfig>(config: T, usage: string) {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse((error as Error).message, usage);
  }
}

/** Ends the program with what is wrong with its arguments and how they are to be. */
export function refuse(problem: string, usage: string): never {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}

/** Ends the program if this is no address that can be fetched. */
export function checkUrl(url: string, usage: string): void {
  if (!URL.canParse(url)) refuse(`"${url}" is not a URL: one begins with http:// or https://`, usage);
  const { protocol } = new URL(url);
  if (!/^https?:$/.test(protocol)) refuse(`"${url}" is not http:// or https://, but ${protocol}`, usage);
}

/** An option that is a whole number from 1 on. */
export function wholeNumber(option: string, text: string, usage: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) refuse(`${option} is a whole number from 1 on, not "${text}"`, usage);
  return Number(text);
}

/** A port, from `least` on (0 is a free one). */
export function portNumber(what: string, text: string, least: 0 | 1, usage: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= least && port <= 65_535) return port;
  return refuse(`${what} is a number from ${least} to 65535, not "${text}"`, usage);
}
