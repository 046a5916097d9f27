#!/usr/bin/env node
import { greenhub } from './greenhub.ts';

// A reader such as `head` may go away before everything is printed.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
process.exitCode = await greenhub(process.argv.slice(2));
