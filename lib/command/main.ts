#!/usr/bin/env node
/** They tell the library what to do in a program. The command uses a part of it, and is no such program. */
const VARIABLES = ['GREENHUB_DEBUG', 'GREENHUB_DUMP', 'GREENHUB_INSPECT'];

const given = VARIABLES.map((name) => [name, process.env[name]] as const);
for (const name of VARIABLES) delete process.env[name];
const { ATTACH, greenhub } = await import('./greenhub.ts');
for (const [name, value] of given) if (value !== undefined) process.env[name] = value;
Reflect.deleteProperty(globalThis, ATTACH);

// A reader such as `head` may go away before everything is printed.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`greenhub: the output cannot be written: ${message}\n`);
  process.exit(1);
});
process.exitCode = await greenhub(process.argv.slice(2));

export {};
