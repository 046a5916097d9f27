/** The types of child processes in greenlets. */
import type {
  ChildProcess,
  ExecFileOptions,
  ExecFileOptionsWithBufferEncoding,
  ExecFileOptionsWithStringEncoding,
  ExecOptions,
  ExecOptionsWithBufferEncoding,
  ExecOptionsWithStringEncoding,
} from 'node:child_process';
import type { Suspend } from '../greenlet/operation.ts';
import type { ChildMethods, ExitStatus, Output } from './child-process.ts';

/** A child of `exec` or `execFile` that was given no callback: `yield*` waits for its output. */
export interface Command<T extends string | Buffer> extends ChildProcess {
  [Symbol.iterator](): Iterator<Suspend, Output<T>, unknown>;
}

/** What greenhub adds to the options of `spawn` and its like, in greenlets. */
export interface KillOptions {
  /** Ends the child's own children with it: it is made the leader of a process group. Not on Windows. */
  killTree?: boolean | undefined;
  /** Milliseconds that it has after SIGTERM; 5,000 unless given. */
  killGrace?: number | undefined;
}

declare module 'child_process' {
  interface ChildProcess extends ChildMethods {
    /** Waits until it has ended: as `wait()` or, for `exec` and `execFile`, for its output. For greenlets only. */
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
  function exec(command: string, options: ExecOptionsWithBufferEncoding): Command<Buffer>;
  function exec(command: string, options: ExecOptionsWithStringEncoding): Command<string>;
  function exec(command: string, options: ExecOptions | undefined | null): Command<string | Buffer>;
  function execFile(file: string, args?: readonly string[] | null): Command<string>;
  function execFile(file: string, options: ExecFileOptionsWithBufferEncoding): Command<Buffer>;
  function execFile(file: string, options: ExecFileOptionsWithStringEncoding): Command<string>;
  function execFile(file: string, options: ExecFileOptions | undefined | null): Command<string | Buffer>;
  function execFile(
    file: string,
    args: readonly string[] | undefined | null,
    options: ExecFileOptionsWithBufferEncoding,
  ): Command<Buffer>;
  function execFile(
    file: string,
    args: readonly string[] | undefined | null,
    options: ExecFileOptionsWithStringEncoding,
  ): Command<string>;
  function execFile(
    file: string,
    args: readonly string[] | undefined | null,
    options: ExecFileOptions | undefined | null,
  ): Command<string | Buffer>;
}
