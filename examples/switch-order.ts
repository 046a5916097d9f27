// Two greenlets pass control to each other by name; each continues exactly where it stopped. Prints 12, 56, 34, 78.
// Without the second gr2.switch() it would stop after 34.
// Run: npm run example switch-order

import { greenlet } from 'greenhub/greenlet';
import { noArguments } from './support/arguments.ts';

noArguments();

const gr1 = greenlet(function* () {
  console.log(12);
  yield* gr2.switch();
  console.log(34);
  yield* gr2.switch();
});

const gr2 = greenlet(function* () {
  console.log(56);
  yield* gr1.switch();
  console.log(78);
});

gr1.switch();
