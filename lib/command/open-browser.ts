import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSocketFolder, socketFolder } from '../inspect/socket-folder.ts';

/**
 * Opens an address in the browser of the system, if there is one. Other users can read the arguments of a process, but must not see
 * the token of the address. So the browser gets the path of a page that only this user can read, which leads to the address.
 *
 * @returns removes that page
 */
export function openBrowser(url: string): Disposable {
  const opener = openerOf(process.platform, process.env);
  if (opener === null) return { [Symbol.dispose]() {} };
  makeSocketFolder();
  const page = join(socketFolder(), `console-${process.pid}.html`);
  rmSync(page, { force: true });
  writeFileSync(page, `<meta http-equiv="refresh" content="0; url=${url}">\n`, { flag: 'wx', mode: 0o600 });
  const child = spawn(opener, [page], { stdio: 'ignore', detached: true });
  // The address is printed, too.
  child.on('error', () => {});
  child.unref();
  return { [Symbol.dispose]: () => rmSync(page, { force: true }) };
}

/** The program that opens a page; null if there is no desktop that could show it. */
export function openerOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | null {
  if (platform === 'darwin') return 'open';
  const { DISPLAY, WAYLAND_DISPLAY, BROWSER } = env;
  // Elsewhere, `xdg-open` may start a browser in this very terminal.
  return DISPLAY || WAYLAND_DISPLAY || BROWSER ? 'xdg-open' : null;
}
