// A Local: one variable, and each greenlet sees only the value it has set itself. Two students work at the same time,
// and greet() needs no argument to know whom it greets.
// Run: npm run example greenlet-local

import { joinall, Local, sleep, spawn } from 'greenhub';
import { noArguments } from './support/arguments.ts';

noArguments();

const session = new Local<{ student: string }>();

function greet() {
  console.log(`Hello, ${session.student}`);
}

function* study(student: string) {
  session.student = student;
  greet();
  yield* sleep(50); // the other greenlet runs here and sets its own value
  greet();
}

await joinall([spawn(study, 'Alice'), spawn(study, 'Bob')]);
console.log(`Outside, the student is ${session.student}`);
