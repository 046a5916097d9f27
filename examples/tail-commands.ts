// Runs several commands at once and prints what they print, line by line as it comes, each line with its command's label; at
// the end how each has ended. Ctrl-C ends all of them and whatever they have started. The exit code is 1 if one has failed.
// Run: npm run example tail-commands -- 'ping -c 3 one.example' 'tail -f /var/log/syslog'   (without commands: two of its own)

import { spawn as start } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { all, forEach, joinall, run, shield, spawn } from 'greenhub';
import { patchChildProcess } from 'greenhub/monkey';

patchChildProcess(); // a child ends with the greenlet that has started it

const given = process.argv.slice(2);
const commands =
  given.length > 0 ? given : ['for n in 1 2 3; do echo tick $n; sleep 0.2; done', 'sleep 0.3; echo tock >&2'];
const labels = commands.map((command, index) => `${index + 1}:${/\S*/.exec(command.trim())![0]}`);
const width = Math.max(...labels.map((label) => label.length));
const ends = commands.map(() => 'not started');

run(function* main() {
  const jobs = commands.map((command, index) => spawn(follow, command, index));
  try {
    yield* joinall(jobs, { raiseError: true });
  } finally {
    for (const job of jobs) job.kill();
    yield* shield(joinall(jobs));
    for (const [index, end] of ends.entries()) print(index, '=', end);
  }
  if (ends.some((end) => end !== 'exit code 0')) process.exitCode = 1;
});

function* follow(command: string, index: number) {
  const child = start(command, { shell: true, killTree: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const printLines = (stream: Readable, mark: string) =>
    forEach(createInterface({ input: stream }), (line) => print(index, mark, line));
  try {
    yield* all([printLines(child.stdout, '|'), printLines(child.stderr, '!')]);
  } finally {
    // Killed by Ctrl-C, it has got its SIGTERM by now, and gets a SIGKILL if it takes too long.
    const { code, signal } = yield* shield(child.wait());
    ends[index] = signal === null ? `exit code ${code}` : `ended by ${signal}`;
  }
}

function print(index: number, mark: string, line: string) {
  console.log(`${labels[index]!.padEnd(width)} ${mark} ${line}`);
}
