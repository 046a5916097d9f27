import type { Command } from './command.ts';
import { run } from './run.ts';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [run];
