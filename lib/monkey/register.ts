/** `node --import greenhub/monkey/register app.js` patches before the app loads. */
import { patchAll } from './index.ts';

patchAll();
