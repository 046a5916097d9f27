// The modules of Node that the patches load, including Node's own fetch. Nothing is patched.
import 'node:child_process';
import 'node:dgram';
import 'node:dns';
import 'node:events';
import 'node:fs/promises';
import 'node:http';
import 'node:https';
import 'node:net';
import 'node:readline/promises';
import 'node:stream/promises';
import 'node:timers/promises';
import 'node:tls';

void globalThis.Response;
