import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation, Suspend } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import { util } from '../net/nodes-modules.ts';
import { Collector, type Output } from './child-process-communicate.ts';
import { childWork, closeOutput, endingOf, startWith } from './child-process-ending.ts';
import { breakStreams, giveStreams } from './child-process-stdio.ts';
import type { AnyFunction } from './patch-function.ts';
import { withoutCallback } from './without-callback.ts';

type Printed = Output<string | Buffer>;

/** A command that was started, and the promise of its output. Cancelling a `yield*` of the promise ends the command. */
export interface Started {
  readonly child: ChildProcess;
  readonly output: Promise<Printed> & Operation<Printed>;
}

/**
 * Starts a command of `exec` or `execFile` in a greenlet. The command belongs to the greenlet until it has ended.
 *
 * @param original Node's function. Its promise form is used, so errors are the same as there
 */
export function startCommand(original: AnyFunction, args: unknown[]): Started {
  const ending = endingOf(args);
  const promised = (original as unknown as Record<symbol, AnyFunction>)[util.promisify.custom] as AnyFunction;
  const source = startWith(ending, args, () => promised(...withoutCallback(args))) as Promise<Printed> & {
    child: ChildProcess;
  };
  const { child } = source;
  giveStreams(child, [true, true, true]);
  child.once('error', (error) => breakStreams(child, error));
  const work = childWork(child, ending, () => child.once('exit', () => closeOutput(child)));
  const partial = partialOutput(child);
  const output = work.promise(source, () => work.unbind());
  const iterate = output[Symbol.iterator];
  Object.defineProperty(output, Symbol.iterator, {
    configurable: true,
    value: () => keepingPartial(iterate.call(output), partial),
  });
  work.bindTo(kernel.current);
  return { child, output };
}

/** The output of the child so far, in the form that its promise would give. */
function partialOutput({ stdout, stderr }: ChildProcess): () => Printed {
  const [out, err] = [new Collector(stdout), new Collector(stderr)];
  return () => ({ stdout: decoded(out, stdout), stderr: decoded(err, stderr) });
}

function decoded({ bytes }: Collector, stream: Readable | null): string | Buffer {
  const encoding = stream?.readableEncoding;
  return encoding ? bytes.toString(encoding) : bytes;
}

function keepingPartial<T>(
  iterator: Iterator<Suspend, T, unknown>,
  partial: () => Printed,
): Iterator<Suspend, T, unknown> {
  const { next, return: end, throw: fail } = iterator as Required<Iterator<Suspend, T, unknown>>;
  return {
    next: (value?: unknown) => next.call(iterator, value),
    return: (value?: T) => end.call(iterator, value),
    throw(error?: unknown) {
      if (isA(error, Timeout)) Object.assign(error, { partial: partial() });
      return fail.call(iterator, error);
    },
  };
}
