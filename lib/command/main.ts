#!/usr/bin/env node
import { greenhub } from './greenhub.ts';

// A reader such as `head` may go away before everything is printed.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`greenhub: the output cannot be written: ${message}\n`);
  process.exit(1);
});
process.exitCode = await greenhub(process.argv.slice(2));
