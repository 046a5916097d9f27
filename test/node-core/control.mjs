// Loads the modules that the patches need and patches nothing. It takes some time, as any larger module does.
import { setTimeout as wait } from 'node:timers/promises';
import './node-modules.mjs';

await wait(100);
