import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from './errors.ts';

/**
 * The flags that make Node run a program that may be TypeScript: none if Node strips its types, or else those that load tsx.
 *
 * @throws CommandError if Node does not, and tsx is not installed
 */
export function typescriptFlags(program: string): string[] {
  if (!needsTsx(program)) return [];
  const tsx = tsxOf(program) ?? tsxOf(join(process.cwd(), 'index.js'));
  if (tsx !== null) return ['--import', pathToFileURL(tsx).href];
  throw new CommandError(`Node ${process.version} cannot run ${program}: install tsx, or use a Node that strips types`);
}

function needsTsx(program: string): boolean {
  // Node has no support for JSX. The types of the oldest supported Node do not have the property yet.
  if (program.endsWith('.tsx')) return true;
  return /\.[cm]?ts$/.test(program) && !(process.features as { typescript?: string | false }).typescript;
}

function tsxOf(from: string): string | null {
  try {
    return createRequire(from).resolve('tsx');
  } catch {
    return null;
  }
}
