import type { Command } from './command.ts';
import { consoleOf } from './console.ts';
import { ps } from './ps.ts';
import { run } from './run.ts';
import { stack } from './stack.ts';
import { top } from './top/top.ts';
import { trace } from './trace.ts';
import { tree } from './tree.ts';
import { worker } from './worker.ts';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [run, worker, ps, top, consoleOf, tree, stack, trace];
