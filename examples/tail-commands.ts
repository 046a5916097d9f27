// Runs several commands at once and prints what they print, line by line as it comes, each line with its command's label; at
// the end how each has ended. Ctrl-C ends all of them and whatever they have started. The exit code is 1 if one has failed.
// Run: npm run example tail-commands -- 'ping -c 3 one.example' 'tail -f /var/log/syslog'   (without commands: two of its own)

import { spawn as start } from 'node:child_process';
import type { Socket as NodeSocket } from 'node:net';
import { all, call, joinall, run, shield, spawn } from 'greenhub';
import { patchChildProcess } from 'greenhub/monkey';
import { Socket } from 'greenhub/net';
import { readArguments } from './support/arguments.ts';

patchChildProcess(); // a child ends with the greenlet that has started it

const { positionals: given } = readArguments(
  { allowPositionals: true },
  `Usage: npm run example tail-commands -- ['command' …]
  command  for the shell; several run at once (without any: two of its own, which end)`,
);
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
  // At once: Node throws away what a child has printed that ends before anybody reads it. The streams of a child are sockets.
  const [out, err] = [new Socket(child.stdout as NodeSocket), new Socket(child.stderr as NodeSocket)];
  try {
    yield* all([call(printLines, out, index, '|'), call(printLines, err, index, '!')]);
  } finally {
    // Killed by Ctrl-C, it has got its SIGTERM by now, and gets a SIGKILL if it takes too long.
    const { code, signal } = yield* shield(child.wait());
    ends[index] = signal === null ? `exit code ${code}` : `ended by ${signal}`;
  }
}

function* printLines(lines: Socket, index: number, mark: string) {
  for (;;) {
    const line = yield* lines.readLine({ limit: 1_000_000 });
    if (line === null) return;
    print(index, mark, line);
  }
}

function print(index: number, mark: string, line: string) {
  console.log(`${labels[index]!.padEnd(width)} ${mark} ${line}`);
}
