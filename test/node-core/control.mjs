// Loads what the patches have to load, patches nothing, and takes its time, as any module of some size does.
import { setTimeout as wait } from 'node:timers/promises';
import './node-modules.mjs';

await wait(100);
