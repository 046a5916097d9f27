import childProcess, { ChildProcess } from 'node:child_process';
import type { Operation, Suspend } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { util } from '../net/nodes-modules.ts';
import { addMethods } from './added-methods.ts';
import { startCommand } from './child-process-command.ts';
import {
  COMMUNICATE_OPTIONS,
  Communicate,
  type CommunicateOptions,
  type Communication,
  keepUnread,
} from './child-process-communicate.ts';
import { bindChild, endingOf, optionsIn, startWith } from './child-process-ending.ts';
import { giveStreams, pipesOf } from './child-process-stdio.ts';
import { ChildWait, type ExitStatus, keepFailure } from './child-process-wait.ts';
import { installInNode } from './install-in-node.ts';
import { iterableInside } from './iterable-inside.ts';
import { likeOriginal } from './like-original.ts';
import { type AnyFunction, actingInside, patchFunction } from './patch-function.ts';
import type { Replace } from './patches.ts';

export type { CommunicateOptions, Communication, Output, OutputTimeout } from './child-process-communicate.ts';
export type { Command } from './child-process-types.ts';
export type { ExitStatus } from './child-process-wait.ts';

/** The methods that `patchChildProcess()` adds to child processes. */
export interface ChildMethods {
  /**
   * Waits until the child has ended. It does not read the output: a child that prints more than the pipe holds never
   * ends unless you read it, for example with `communicate()`.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the exit code and the signal
   * @throws Timeout if the child has not ended in time, in which case it continues to run; Node's own error if it could
   *   not be spawned, or if it emits an 'error' event meanwhile, for example because a signal could not be sent
   */
  wait(options?: TimeoutOption): Operation<ExitStatus>;
  /**
   * Sends the input to the child, closes the pipe, and waits for all output and the end of the child. After a timeout
   * you can call it again: the second call gives all output from the beginning.
   *
   * @param input a string is sent as UTF-8. Without input, the pipe is only closed
   * @param options `encoding` to get strings instead of Buffers, and `timeout` in milliseconds
   * @returns an operation that gives the output (empty for a stream that is not a pipe), the exit code and the signal
   * @throws Timeout if the child has not ended in time, with the output so far as `partial`; the child continues to
   *   run. Node's own error if it could not be spawned. TypeError for input to a child that takes none or already got
   *   some
   *
   * @example
   * const { stdout, code } = yield* spawn('sort').communicate('b\na\n', { encoding: 'utf8', timeout: 1_000 });
   */
  communicate(
    input: string | Uint8Array | undefined,
    options: CommunicateOptions & { encoding: BufferEncoding },
  ): Operation<Communication<string>>;
  communicate(
    input?: string | Uint8Array,
    options?: TimeoutOption & { encoding?: undefined },
  ): Operation<Communication<Buffer>>;
}

const methods: ThisType<ChildProcess> = {
  wait(options?: TimeoutOption): Operation<ExitStatus> {
    return new ChildWait(this, checkedOptions(options, TIMEOUT, 'child.wait()'));
  },
  communicate(input?: string | Uint8Array, options?: CommunicateOptions): Operation<Communication<Buffer | string>> {
    return new Communicate(this, input, checkedOptions(options, COMMUNICATE_OPTIONS, 'child.communicate()'));
  },
};

/**
 * Patches child processes. It adds `wait()` and `communicate()`, ends the children of a cancelled greenlet, and lets
 * greenlets call `exec` and `execFile` without a callback: `const { stdout } = yield* execFile('ls', ['-l'])`.
 *
 * Until it ends, a child belongs to the innermost scope in which it was spawned: the greenlet, or the body of a
 * `withTimeout`. If that is cancelled, the child gets SIGTERM (or `killSignal`), and SIGKILL after 5 seconds (or
 * `killGrace` milliseconds). With `killTree: true`, so do its own children. A child with `detached: true` belongs to no
 * greenlet.
 */
export function patchChildProcess(): void {
  installInNode(patchChildProcess, (replace) => {
    for (const name of ['spawn', 'fork']) {
      patchFunction(replace, 'child_process', childProcess, name, (original, self, args) =>
        spawnBound(original, self, args, name),
      );
    }
    for (const name of ['exec', 'execFile'] as const) patchCommand(replace, name);
    addMethods(replace, 'child_process.ChildProcess', ChildProcess.prototype, methods);
    iterableInside(replace, 'child_process.ChildProcess', ChildProcess.prototype, function (this: ChildProcess) {
      return new ChildWait(this, undefined)[Symbol.iterator]() as Iterator<Suspend, unknown, unknown>;
    });
  });
}

function spawnBound(original: AnyFunction, self: unknown, args: unknown[], name: string): unknown {
  const ending = endingOf(args);
  const child = startWith(ending, args, () => original.apply(self, args)) as ChildProcess;
  giveStreams(child, pipesOf(optionsIn(args) ?? {}, name));
  keepFailure(child);
  keepUnread(child);
  bindChild(child, ending);
  return child;
}

function patchCommand(replace: Replace, name: 'exec' | 'execFile'): void {
  const property = Object.getOwnPropertyDescriptor(childProcess, name) as PropertyDescriptor;
  const original = property.value as AnyFunction;
  const promised = (original as unknown as Record<symbol, AnyFunction>)[util.promisify.custom] as AnyFunction;
  const command = actingInside(original, (_, self, args) => {
    if (args.some((arg) => typeof arg === 'function')) return original.apply(self, args);
    const { child, output } = startCommand(original, args);
    // As without the patch, the program may ignore how the command ended.
    output.catch(() => {});
    return Object.defineProperty(child, Symbol.iterator, {
      configurable: true,
      writable: true,
      value: () => output[Symbol.iterator](),
    });
  });
  const promisedCommand = actingInside(promised, (_, __, args) => {
    const { child, output } = startCommand(original, args);
    return Object.assign(output, { child });
  });
  const properties: Record<PropertyKey, PropertyDescriptor> = Object.getOwnPropertyDescriptors(original);
  const custom = properties[util.promisify.custom] as PropertyDescriptor;
  properties[util.promisify.custom] = { ...custom, value: likeOriginal(promisedCommand, promised) };
  replace('child_process', childProcess, name, { ...property, value: Object.defineProperties(command, properties) });
}
