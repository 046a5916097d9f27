import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** The port of Node's inspector, unless a program is told otherwise. */
const USUAL_PORT = 9229;
/** SIGUSR1 in the masks of Linux. */
const SIGUSR1 = 1n << 9n;

/** Whether there is such a process, and whether we may send it signals. */
export function reachOf(pid: number): 'ours' | 'foreign' | 'none' {
  try {
    process.kill(pid, 0);
    return 'ours';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'foreign' : 'none';
  }
}

/** The process that has started another; null if that cannot be known. */
export function parentOf(pid: number): number | null {
  try {
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return parent === undefined ? null : Number(parent);
  } catch {
    return null;
  }
}

/** True if a process is one of Node that opens its inspector on SIGUSR1. The signal would end most others. */
export function opensInspector(pid: number): boolean {
  try {
    if (process.platform !== 'linux')
      return isNode(execFileSync('ps', ['-o', 'comm=', '-p', `${pid}`], { encoding: 'utf8' }));
    const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return isNode(readlinkSync(`/proc/${pid}/exe`)) && (BigInt(`0x${caught}`) & SIGUSR1) !== 0n;
  } catch {
    return false;
  }
}

function isNode(path: string): boolean {
  // A file that was replaced has ` (deleted)` behind its name.
  return basename(path.trim()).startsWith('node');
}

/** The port at which a process would open its inspector. */
export function inspectorPort(pid: number): number {
  try {
    const flags = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
    const [, port] =
      /--(?:inspect-port|debug-port|inspect(?:-brk|-wait)?)[=\0](?:[^\0\s]*:)?(\d+)(?=[\0\s])/.exec(flags) ?? [];
    return port === undefined ? USUAL_PORT : Number(port);
  } catch {
    return USUAL_PORT;
  }
}

/** Whether a process listens at a port of the loopback; null if that cannot be known. */
export function listensAt(pid: number, port: number): boolean | null {
  try {
    const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    return readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .some(
        ([, local, , state, , , , , , inode]) =>
          local === address && state === '0A' && sockets.includes(`socket:[${inode}]`),
      );
  } catch {
    return null;
  }
}

/** A file may be closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
