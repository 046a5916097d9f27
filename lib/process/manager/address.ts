import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../../hub/checks/options.ts';
import { checkedKey, type Key } from '../channel/handshake.ts';
import { family } from '../child/family.ts';
import { crypto } from '../nodes-modules.ts';

/** A host and port of a Manager. */
export interface HostAddress {
  /** The default is `'127.0.0.1'`, which only this machine can reach. */
  host?: string | undefined;
  /** 0 is any free port. */
  port: number;
}

/** Where a Manager listens: the path of a socket or named pipe of this machine, or a host and port. */
export type ManagerAddress = string | Readonly<Required<HostAddress>>;

const HOST_ADDRESS: OptionNames<HostAddress> = { host: 'string', port: 'number' };
const LOOPBACK = '127.0.0.1';

/**
 * @param call names the call in messages
 * @throws TypeError if it is no host and port; RangeError if the port is no port
 */
export function checkedHostAddress(address: HostAddress, call: string): Readonly<Required<HostAddress>> {
  if (typeof address !== 'object' || address === null) {
    throw new TypeError(`the address of ${call} must be { host, port }, not ${kindOf(address)}`);
  }
  checkedOptions(address, HOST_ADDRESS, `the address of ${call}`);
  const { host = LOOPBACK, port } = address;
  if (typeof host !== 'string') throw new TypeError(`the host of ${call} must be a string, not ${kindOf(host)}`);
  if (typeof port !== 'number') throw new TypeError(`the port of ${call} must be a number, not ${kindOf(port)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`the port of ${call} must be a whole number from 0 to 65535, not ${port}`);
  }
  return { host, port };
}

/**
 * The key that is used for an address.
 *
 * @throws TypeError if there must be one and is none, or if it is no key
 */
export function keyFor(address: ManagerAddress | null, authkey: Key | undefined, call: string): Buffer {
  if (authkey !== undefined) return checkedKey(authkey);
  if (typeof address === 'object' && address !== null) {
    throw new TypeError(`${call} needs an authkey for a host and port, because every program can connect there`);
  }
  return Buffer.from(family().key);
}

/** Makes the path for a socket in a new folder that only this user can enter; on Windows, the name of a pipe. */
export function privatePath(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\greenhub-${crypto().randomBytes(16).toString('hex')}`;
  return join(mkdtempSync(join(tmpdir(), 'greenhub-')), 'manager');
}

/** Removes what `privatePath()` has made. */
export function removePath(address: ManagerAddress): void {
  if (typeof address === 'string' && process.platform !== 'win32') {
    rmSync(dirname(address), { recursive: true, force: true });
  }
}
