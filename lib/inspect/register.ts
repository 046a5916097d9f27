/**
 * `node --import greenhub/inspect/register app.js`: a SIGQUIT (`kill -QUIT <pid>`, or Ctrl-\ at a terminal) prints what runs on standard
 * error, and the program goes on. `greenhub` loads this module by itself if GREENHUB_DUMP is set or GREENHUB_DEBUG, which also prints
 * what runs before a deadlock or an uncaught error ends the program.
 */
import { host } from '../hub/loop/host.ts';
import { dumpOnFailure, dumpOnQuit } from './dump.ts';

dumpOnQuit();
if (host.isOn('GREENHUB_DEBUG')) dumpOnFailure();
