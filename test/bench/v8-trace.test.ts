import * as assert from 'uvu/assert';
import { functionsRunIn, optimisedIn, thrownAwayIn } from '../../bench/v8-trace.ts';
import { suite } from '../support/harness.ts';

const test = suite('bench/v8-trace');

test('counts a function once that is optimised as a whole and for a loop in it', () => {
  const trace = [
    '[completed optimizing 0x1 <JSFunction spawn (sfi = 0xa)> (target TURBOFAN)]',
    '[completed optimizing 0x1 <JSFunction spawn (sfi = 0xa)> (target TURBOFAN) OSR]',
    '[completed optimizing 0x2 <JSFunction get state (sfi = 0xb)>, target MAGLEV]',
  ].join('\n');

  assert.is(optimisedIn(trace), 2);
});

test('names each function that is thrown away, with the reason and the places', () => {
  const trace = [
    '[marking dependent code 0x1 <Code MAGLEV> (0x2 <SharedFunctionInfo spawn>) (opt id 1) for deoptimization, reason: code dependencies]',
    '[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x3 <JSFunction drive (sfi = 0x4)>, 0x5 <Code TURBOFAN>, opt id 2]',
  ].join('\n');
  const log = [
    'new,MemoryChunk,0x1,262144',
    'code-deopt,10,1408,0x1,-1,84188,dependency-change,<file:///a/hub.js:2539:15>,code dependencies',
    'code-deopt,11,512,0x5,3,23978,deopt-eager,<file:///a/queue.js:7:16> inlined at <file:///a/kernel.js:9:1>,wrong map',
  ].join('\n');

  const thrownAway = thrownAwayIn(trace, log);

  assert.equal(
    thrownAway.map(({ name, reason }) => ({ name, reason })),
    [
      { name: 'spawn', reason: 'code dependencies' },
      { name: 'drive', reason: 'wrong map' },
    ],
  );
  assert.match(thrownAway[1]?.places.join(' in ') ?? '', /queue\.js:7 in .*kernel\.js:9$/);
});

test('leaves out code of Node itself, and code that is replaced while it runs', () => {
  const log = [
    'code-deopt,10,1408,0x1,-1,84188,deopt-eager,<node:events:12:3>,wrong map',
    'code-deopt,11,512,0x5,3,23978,deopt-eager,<file:///a/loop.js:7:16>,prepare for on stack replacement (OSR)',
  ].join('\n');

  assert.equal(thrownAwayIn('', log), []);
});

test('counts the functions that have run, but not those of Node', () => {
  const log = [
    'script-details,7,node:events,0,0,',
    'script-details,8,file:///a/hub.js,0,0,',
    'function,first-execution,7,10,20,0,100,emit',
    'function,first-execution,8,10,20,0,101,spawn',
    'function,first-execution,8,30,40,0,102,drive',
    'function,full-parse,8,50,60,0.1,103,never',
  ].join('\n');

  assert.is(functionsRunIn(log), 2);
});

test.run();
