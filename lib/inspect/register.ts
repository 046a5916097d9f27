/**
 * `node --import greenhub/inspect/register app.js`: a SIGQUIT (`kill -QUIT <pid>`, or Ctrl-\ at a terminal) prints what runs on standard
 * error, and the program goes on. `greenhub` loads this module by itself if one of these variables is set: GREENHUB_DUMP;
 * GREENHUB_DEBUG, which also prints what runs before a deadlock or an uncaught error ends the program; or GREENHUB_INSPECT, which
 * prepares the program for the command `greenhub`.
 */
import { isMainThread } from 'node:worker_threads';
import { host } from '../hub/loop/host.ts';
import { isOn } from '../hub/loop/host-process.ts';
import { door } from './door.ts';
import { dumpOnFailure, dumpOnQuit } from './dump.ts';

dumpOnQuit();
if (isOn('GREENHUB_DEBUG')) dumpOnFailure();
if (isMainThread && isOn('GREENHUB_INSPECT')) {
  door.open(true).catch((error) => host.report(`GREENHUB_INSPECT cannot prepare this program: ${error.message}`));
}
