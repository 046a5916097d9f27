import { existsSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type HostTimer, host } from '../hub/loop/host.ts';
import { eachLine, sendLine } from './lines.ts';
import type { Answer } from './requests.ts';
import { makeSocketFolder, socketPath } from './socket-folder.ts';
import { startListening } from './start-listening.ts';
import { Visit } from './visit.ts';

/** How long a door that was opened for one visitor stays open without any, in milliseconds. */
const PATIENCE = 10_000;

/** The socket through which the command `greenhub` looks into this program. It does not keep the program alive. */
export class Door {
  /** The process of `greenhub run` that has started this program; null if none has. */
  runner: number | null = null;
  private server: Server | null = null;
  private opening: Promise<string> | null = null;
  private visitors = 0;
  private stays = false;
  private waiting: HostTimer | null = null;

  /**
   * Opens it, unless it is open.
   *
   * @param stays false if it closes when its visitors have left
   * @returns the path of the socket
   * @throws Error if it cannot be opened
   */
  open(stays: boolean): Promise<string> {
    this.stays ||= stays;
    // Some systems remove old files from the folder for temporary files.
    if (this.server !== null && !existsSync(socketPath(process.pid))) this.close();
    this.opening ??= this.listen();
    if (!this.stays) this.closeLater();
    return this.opening;
  }

  private async listen(): Promise<string> {
    const path = socketPath(process.pid);
    try {
      makeSocketFolder();
      remove(path);
      const server = createServer((socket) => this.welcome(socket));
      server.unref();
      await startListening(server, { path });
      this.server = server;
    } catch (error) {
      this.opening = null;
      throw error;
    }
    process.on('exit', this.removeSocket);
    return path;
  }

  private welcome(socket: Socket): void {
    this.stopWaiting();
    this.visitors += 1;
    socket.unref();
    const visit = new Visit(this.runner);
    let answered = Promise.resolve();
    eachLine(socket, (line) => {
      // In the order of the requests, though one may take longer.
      answered = answered.then(async () => sendLine(socket, await answer(visit, line)));
    });
    // A visitor may break off. That is the same as leaving.
    socket.on('error', () => {});
    socket.on('close', () => {
      visit[Symbol.dispose]();
      this.visitors -= 1;
      // While the timer runs, a visitor that has been given the path may still connect.
      if (this.visitors === 0 && !this.stays && this.waiting === null) this.close();
    });
  }

  /** Closes the door after a while if no visitor connects. */
  private closeLater(): void {
    this.stopWaiting();
    this.waiting = host.startTimer(() => {
      this.waiting = null;
      // It may have been opened for good since.
      if (this.visitors === 0 && !this.stays) this.close();
    }, PATIENCE);
    this.waiting.unref();
  }

  private stopWaiting(): void {
    if (this.waiting !== null) host.stopTimer(this.waiting);
    this.waiting = null;
  }

  private close(): void {
    this.opening = null;
    this.server?.close();
    this.server = null;
    process.off('exit', this.removeSocket);
  }

  private readonly removeSocket = (): void => remove(socketPath(process.pid));
}

export const door = new Door();

async function answer(visit: Visit, line: string): Promise<Answer> {
  try {
    return { result: await visit.answer(JSON.parse(line)) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Removes the socket, or one that an earlier program with this id has left. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There is none.
  }
}
