/** A module that starts a process of itself whenever it is imported. */
import { Process, remote } from 'greenhub/process';

export const nothing = remote(import.meta.url, 'nothing', () => {});

new Process({ target: nothing, name: 'Inner' }).start();
