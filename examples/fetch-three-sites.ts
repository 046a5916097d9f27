// Fetches several sites concurrently, each in straight-line code. Without URLs it starts three small embedded sites. If
// a site fails, it prints one line and continues with the others; the exit code is then 1. Times are in milliseconds.
// Run: npm start   or   npm start -- https://one.example/ https://two.example/ --timeout 5000

import { joinall, spawn, withTimeout } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { serveSites } from './sites/serve.ts';
import { checkUrl, readArguments, wholeNumber } from './support/arguments.ts';
import { why } from './support/why.ts';

patchAll();

function* download(url: string) {
  const response = yield* fetch(url);
  if (!response.ok) {
    if (response.body) yield* response.body.cancel(); // an unread body would keep its connection
    throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  }
  const body = yield* response.arrayBuffer(); // the same data as text(), but in bytes
  return body.byteLength;
}

function* get(url: string) {
  const start = performance.now();
  let ok = false;
  console.log(`GET: ${url}`);
  try {
    const bytes = yield* withTimeout(timeout, () => download(url));
    console.log(`${bytes} bytes received from ${url}`);
    ok = true;
  } catch (error) {
    console.log(`FAILED: ${url}: ${why(error)}`);
  }
  return { ok, time: performance.now() - start };
}

const { timeout, given } = commandLine();
const sites = given.length === 0 ? await serveSites() : undefined;

const start = performance.now();
const jobs = (sites?.urls ?? given).map((url) => spawn(get, url));
const results = (await joinall(jobs, { raiseError: true })).map((job) => job.value!);
const total = performance.now() - start;

const sum = results.reduce((time, result) => time + result.time, 0);
console.log(`total ${total.toFixed()} ms, sum of the single times ${sum.toFixed()} ms`);
if (results.some((result) => !result.ok)) process.exitCode = 1;
sites?.close();

function commandLine() {
  const usage = `Usage: npm start -- [url …] [--timeout <milliseconds>]
  url …      the URLs to fetch (without any: three embedded sites)
  --timeout  time limit for each site (10000)`;
  const options = { timeout: { type: 'string', default: '10000' } } as const;
  const { values, positionals } = readArguments({ options, allowPositionals: true }, usage);
  for (const url of positionals) checkUrl(url, usage);
  return { timeout: wholeNumber('--timeout', values.timeout, usage), given: positionals };
}
