/** Modules of Node that few programs need, and none at once. To import them takes each new thread milliseconds. */
import type ChildProcess from 'node:child_process';
import type Crypto from 'node:crypto';

export const childProcess = (): typeof ChildProcess => process.getBuiltinModule('node:child_process');
export const crypto = (): typeof Crypto => process.getBuiltinModule('node:crypto');
