// Two greenlets that pass control to each other.

import { greenlet } from 'greenhub/greenlet';

const ping = greenlet(function* () {
  console.log('ping');
  yield* pong.switch();
  console.log('ping again');
  yield* pong.switch();
});

const pong = greenlet(function* () {
  console.log('pong');
  yield* ping.switch();
  console.log('pong again');
});

ping.switch();
console.log('main goes on');
