// Preloaded by documentation snippets: time jumps wherever a snippet would only wait, so that its output does not
// depend on the load of the machine.

import { VirtualClock } from 'greenhub/testing';

VirtualClock.install({ patience: Number(process.env.PATIENCE) });
