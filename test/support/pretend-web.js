// Loaded before a snippet of the documentation that fetches: every https:// address answers, and nothing leaves the
// machine. A page's text is its own address, and it takes 20 ms to come.

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
