/**
 * `node:http` and `node:https`, taken without an import. An import of `node:http` reads all that it exports, also
 * `WebSocket`, for which Node 24 and later load their undici. Its agent would then be the global dispatcher of a program
 * that has an undici of its own.
 */
import type * as Http from 'node:http';
import type * as Https from 'node:https';

export const http: typeof Http = process.getBuiltinModule('node:http');
export const https: typeof Https = process.getBuiltinModule('node:https');
