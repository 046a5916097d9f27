import type { Stdio } from './child.ts';

/** Input, output and error of a child. */
export function stdioOf(stdio: Stdio | readonly Stdio[] = ['ignore']): [Stdio, Stdio, Stdio] {
  if (typeof stdio === 'string') return [stdio, stdio, stdio];
  const [input = 'ignore', output = 'inherit', error = 'inherit'] = stdio;
  return [input, output, error];
}
