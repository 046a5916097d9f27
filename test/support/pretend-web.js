// Loaded before documentation snippets that fetch: every https:// address answers, and nothing leaves the machine. The
// text of a page is its address, and it takes 20 ms to arrive.

import { MockAgent, setGlobalDispatcher } from 'undici';

const web = new MockAgent();
web.disableNetConnect();
setGlobalDispatcher(web);

web
  .get(/^https:\/\//)
  .intercept({ path: () => true })
  .reply(200, (request) => `${request.origin}${request.path}`)
  .delay(20)
  .persist();
