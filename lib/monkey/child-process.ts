import childProcess, { ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';
import type { Operation, Suspend } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
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
import { type AnyFunction, actingInside, inGreenlets } from './in-greenlets.ts';
import { iterableInside } from './iterable-inside.ts';
import { named } from './named.ts';
import { install, type Replace } from './patches.ts';

export type { CommunicateOptions, Communication, Output, OutputTimeout } from './child-process-communicate.ts';
export type { Command } from './child-process-types.ts';
export type { ExitStatus } from './child-process-wait.ts';

/** What child processes have in addition. */
export interface ChildMethods {
  /**
   * Waits until it has ended; its output is left alone. A child that prints more than the pipe holds and is not read never
   * ends: `communicate()` reads it.
   *
   * @param options `timeout` in milliseconds
   * @throws Timeout when it has not ended in time: it goes on; Node's own error when it could not be spawned, and whatever
   *   its `error` events tell of meanwhile, such as a signal that could not be sent
   */
  wait(options?: TimeoutOption): Operation<ExitStatus>;
  /**
   * Gives it its input, closes that, and waits for all that it prints and for its end. A second call goes on where one has
   * timed out, and has all the output from the beginning on.
   *
   * @param input a string stands for its UTF-8. Without any its input is closed
   * @param options `encoding` to have strings instead of Buffers, and `timeout` in milliseconds
   * @returns an operation for its output (empty where it is no pipe), its exit code and signal
   * @throws Timeout when it has not ended in time, with what had come as `partial`: the child goes on; Node's own error when it
   *   could not be spawned; TypeError for input to a child that takes none or was given some before
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
 * Gives child processes `wait()` and `communicate()`; has those that a greenlet spawns end when it is cancelled; and lets
 * greenlets call `exec` and `execFile` without a callback: `const { stdout } = yield* execFile('ls', ['-l'])`.
 *
 * A child belongs to what its greenlet did when it spawned it (the greenlet, or the body of a `withTimeout`) until it ends.
 * When that is cancelled, it gets SIGTERM (or `killSignal`), and SIGKILL 5 s (or `killGrace` milliseconds) later; with
 * `killTree: true` so do its own children. One that is spawned with `detached: true` belongs to nobody.
 */
export function patchChildProcess(): void {
  install(patchChildProcess, (replace) => {
    for (const name of ['spawn', 'fork']) {
      inGreenlets(replace, 'child_process', childProcess, name, (original, self, args) =>
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
  const child = startWith(ending, () => original.apply(self, args)) as ChildProcess;
  giveStreams(child, pipesOf(optionsIn(args) ?? {}, name));
  keepFailure(child);
  keepUnread(child);
  bindChild(child, ending);
  return child;
}

function patchCommand(replace: Replace, name: 'exec' | 'execFile'): void {
  const property = Object.getOwnPropertyDescriptor(childProcess, name) as PropertyDescriptor;
  const original = property.value as AnyFunction;
  const promised = (original as unknown as Record<symbol, AnyFunction>)[promisify.custom] as AnyFunction;
  const command = actingInside(original, (_, self, args) => {
    if (args.some((arg) => typeof arg === 'function')) return original.apply(self, args);
    const { child, output } = startCommand(original, args);
    // As without the patch, a program may ignore how it ended.
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
  const custom = properties[promisify.custom] as PropertyDescriptor;
  properties[promisify.custom] = { ...custom, value: named(promisedCommand, promised) };
  replace('child_process', childProcess, name, { ...property, value: Object.defineProperties(command, properties) });
}
