import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { eachLine, sendLine } from '../inspect/lines.ts';
import type { Answer, Requests } from '../inspect/requests.ts';
import { CommandError } from './errors.ts';

/** A program that does not answer for so long, in milliseconds, is busy with something else. */
const PATIENCE = 10_000;

interface Asked {
  settle(answer: Answer): void;
  fail(error: Error): void;
}

/** The connection to a program through its socket. */
export class Client {
  private readonly socket: Socket;
  private readonly pid: number;
  /** The requests that are not answered, oldest first. */
  private readonly asked: Asked[] = [];
  private isClosed = false;
  private readonly closing: Promise<void>;

  private constructor(socket: Socket, pid: number) {
    this.socket = socket;
    this.pid = pid;
    eachLine(socket, (line) => this.asked.shift()?.settle(JSON.parse(line)));
    socket.on('error', () => {});
    this.closing = new Promise((settle) => {
      socket.on('close', () => {
        this.isClosed = true;
        for (const { fail } of this.asked.splice(0)) fail(this.ended());
        settle();
      });
    });
  }

  /** @returns null if nothing listens there */
  static async connect(path: string, pid: number): Promise<Client | null> {
    const socket = connect(path);
    const isConnected = await new Promise<boolean>((settle) => {
      socket.once('connect', () => settle(true));
      socket.once('error', () => settle(false));
    });
    return isConnected ? new Client(socket, pid) : null;
  }

  /**
   * Asks the program.
   *
   * @param patience how long to wait, in milliseconds
   * @throws CommandError if it does not answer, has ended, or cannot do it
   */
  async ask<N extends keyof Requests>(
    name: N,
    params: Requests[N]['params'],
    patience = PATIENCE,
  ): Promise<Requests[N]['result']> {
    if (this.isClosed) throw this.ended();
    sendLine(this.socket, { name, params });
    let limit: NodeJS.Timeout | undefined;
    const answer = await new Promise<Answer>((settle, fail) => {
      this.asked.push({ settle, fail });
      limit = setTimeout(() => fail(this.silent(patience)), patience);
    }).finally(() => clearTimeout(limit));
    if ('error' in answer) throw new CommandError(`process ${this.pid}: ${answer.error}`);
    return answer.result as Requests[N]['result'];
  }

  /** Waits until the connection is closed, by the end of the program or by `close()`. */
  async closed(): Promise<void> {
    await this.closing;
  }

  /**
   * Waits for a time, but no longer than the connection lasts.
   *
   * @param ms in milliseconds
   * @param stop ends the wait before that
   */
  async stay(ms: number, stop = new AbortController()): Promise<void> {
    void this.closing.then(() => stop.abort());
    await wait(ms, undefined, { signal: stop.signal }).catch(() => {});
  }

  close(): void {
    this.socket.destroy();
  }

  /** The error that says that the program has ended. */
  ended(): CommandError {
    return new CommandError(`process ${this.pid} has ended`);
  }

  private silent(patience: number): CommandError {
    return new CommandError(
      `process ${this.pid} has not answered for ${patience / 1_000} s: something blocks its event loop`,
    );
  }
}
