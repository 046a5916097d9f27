// Preloaded by documentation snippets: time jumps wherever a snippet would only wait, so that what it prints does not
// depend on how busy the machine is.

import { VirtualClock } from 'greenhub/testing';

VirtualClock.install({ patience: Number(process.env.PATIENCE) });
