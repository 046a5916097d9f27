import { Client } from './client.ts';
import { CommandError } from './errors.ts';
import { Inspector, isListening } from './inspector.ts';
import { inspectorPort, listensAt, opensInspector, reachOf } from './process-facts.ts';

/** How long to wait for a program that is busy, in milliseconds. */
const PATIENCE = 10_000;

/** Opens the door of the program. It finds greenhub by what greenhub has left for it in `process`. */
const OPEN_DOOR = `(async () => {
  const attach = process[Symbol.for('greenhub.attach')];
  if (attach === undefined) return { pid: process.pid };
  try {
    return { pid: process.pid, path: await attach() };
  } catch (error) {
    return { pid: process.pid, error: String(error && error.message) };
  }
})()`;

interface Opened {
  readonly pid: number;
  /** The socket; missing if it is no greenhub program. */
  readonly path?: string;
  readonly error?: string;
}

/**
 * Connects to a program that is not prepared. Its inspector is open only until the program listens on a socket, as a prepared one does.
 * The program closes that socket when the connection ends.
 *
 * @throws CommandError if it cannot be reached in this way
 */
export async function attach(pid: number): Promise<Client> {
  const { path } = await openDoor(pid);
  if (path === undefined) throw new CommandError(`process ${pid} is no greenhub program`);
  const client = await Client.connect(path, pid);
  if (client === null) throw new CommandError(`process ${pid} cannot be reached at ${path}`);
  return client;
}

async function openDoor(pid: number): Promise<Opened> {
  const reach = reachOf(pid);
  if (reach === 'none') throw new CommandError(`there is no process ${pid}`);
  if (reach === 'foreign') throw new CommandError(`process ${pid} is of another user`);
  if (!opensInspector(pid)) throw new CommandError(`process ${pid} is no program of Node that opens its inspector`);
  const port = inspectorPort(pid);
  if (await isListening(port)) throw taken(pid, port);
  debug(pid);
  const inspector = await Inspector.at(port);
  if (inspector === null) throw closed(pid, port);
  let opened: Opened | undefined;
  try {
    opened = (await inspector.evaluate(OPEN_DOOR, PATIENCE)) as Opened | undefined;
  } finally {
    await inspector.close();
  }
  if (opened === undefined) {
    throw new CommandError(
      `process ${pid} has not answered for ${PATIENCE / 1_000} s: something blocks its event loop`,
    );
  }
  if (opened.pid !== pid) throw closed(pid, port);
  if (opened.error !== undefined) throw new CommandError(`process ${pid} cannot be looked into: ${opened.error}`);
  return opened;
}

/** Tells a program of Node to open its inspector: by SIGUSR1, or on Windows in a way of its own. */
function debug(pid: number): void {
  (process as unknown as { _debugProcess(pid: number): void })._debugProcess(pid);
}

function taken(pid: number, port: number): CommandError {
  const place = `127.0.0.1:${port}`;
  if (listensAt(pid, port) === true) {
    return new CommandError(
      `the inspector of process ${pid} is open already (${place}), for a debugger: close it first`,
    );
  }
  return new CommandError(`the inspector of process ${pid} cannot open, because something else listens on ${place}`);
}

function closed(pid: number, port: number): CommandError {
  return new CommandError(
    `the inspector of process ${pid} has not opened on 127.0.0.1:${port}: the program may handle SIGUSR1, or be debugged elsewhere`,
  );
}
