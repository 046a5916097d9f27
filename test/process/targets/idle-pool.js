// Leaves a pool behind: `POOL=ThreadPool node idle-pool.js`.
import * as processes from 'greenhub/process';
import { doubleSlowly } from './work.js';

const Pool = process.env.POOL === 'ThreadPool' ? processes.ThreadPool : processes.ProcessPool;
const pool = new Pool(2);
pool.applyAsync(doubleSlowly, [2], {
  callback: (value) => console.log(`the task gave ${value}`),
  errorCallback: (error) => console.log(`the task failed: ${error}`),
});
