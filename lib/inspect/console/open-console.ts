import type { ConsoleServer } from '../serve.ts';

/**
 * Serves the web console for the command `greenhub`, as `serve()` does for a program.
 *
 * @param port 0 for any free one
 * @param signal closes the console
 * @throws Node's own error if it cannot listen
 */
export async function openConsole(port: number, signal: AbortSignal): Promise<ConsoleServer> {
  // Loaded only now: a program that serves no console does not pay for it.
  const { listen } = await import('./server.ts');
  return await listen({ port, host: '127.0.0.1', token: undefined }, signal);
}
