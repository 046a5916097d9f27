/** The types of child processes in greenlets. */
// Qualified names: without them, the packed declarations would lack this import, because some @types/node declare the names in the
// module below, too.
import type * as Node from 'node:child_process';
import type { Suspend } from '../greenlet/operation.ts';
import type { ChildMethods, ExitStatus, Output } from './child-process.ts';

/** The child of an `exec` or `execFile` without a callback: `yield*` waits for its output. */
export interface Command<T extends string | Buffer> extends Node.ChildProcess {
  [Symbol.iterator](): Iterator<Suspend, Output<T>, unknown>;
}

/** Options that greenhub adds to `spawn` and similar functions in greenlets. */
export interface KillOptions {
  /** Ends the child's own children as well, by making the child the leader of a process group. Not on Windows. */
  killTree?: boolean | undefined;
  /** The grace period between SIGTERM and SIGKILL in milliseconds; 5,000 by default. */
  killGrace?: number | undefined;
}

declare module 'child_process' {
  interface ChildProcess extends ChildMethods {
    /** Waits like `wait()`, or, for `exec` and `execFile`, for the output. Only in greenlets. */
    [Symbol.iterator](): Iterator<Suspend, Partial<ExitStatus> & Partial<Output<string | Buffer>>, unknown>;
  }
  interface ChildProcessWithoutNullStreams {
    [Symbol.iterator](): Iterator<Suspend, ExitStatus, unknown>;
  }
  interface ChildProcessByStdio<I, O, E> {
    [Symbol.iterator](): Iterator<Suspend, ExitStatus, unknown>;
  }
  interface CommonOptions extends KillOptions {}
  interface ForkOptions extends KillOptions {}

  function exec(command: string): Command<string>;
  function exec(command: string, options: Node.ExecOptionsWithBufferEncoding): Command<Buffer>;
  function exec(command: string, options: Node.ExecOptionsWithStringEncoding): Command<string>;
  function exec(command: string, options: Node.ExecOptions | undefined | null): Command<string | Buffer>;
  function execFile(file: string, args?: readonly string[] | null): Command<string>;
  function execFile(file: string, options: Node.ExecFileOptionsWithBufferEncoding): Command<Buffer>;
  function execFile(file: string, options: Node.ExecFileOptionsWithStringEncoding): Command<string>;
  function execFile(file: string, options: Node.ExecFileOptions | undefined | null): Command<string | Buffer>;
  function execFile(
    file: string,
    args: readonly string[] | undefined | null,
    options: Node.ExecFileOptionsWithBufferEncoding,
  ): Command<Buffer>;
  function execFile(
    file: string,
    args: readonly string[] | undefined | null,
    options: Node.ExecFileOptionsWithStringEncoding,
  ): Command<string>;
  function execFile(
    file: string,
    args: readonly string[] | undefined | null,
    options: Node.ExecFileOptions | undefined | null,
  ): Command<string | Buffer>;
}
