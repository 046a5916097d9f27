import { host } from '../hub/loop/host.ts';
import { openConsole } from './console/open-console.ts';

/** Serves the web console until the program ends, and prints its address. If it cannot be served, the program runs without it. */
export async function serveTheRun(port: number): Promise<void> {
  try {
    const { url } = await openConsole(port, new AbortController().signal);
    host.report(`greenhub: the console is at ${url}`);
  } catch (error) {
    host.report(`greenhub: cannot serve the console: ${(error as Error).message}`);
  }
}
