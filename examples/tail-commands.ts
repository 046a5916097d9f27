// Runs several commands concurrently. It prints their output line by line as it arrives, each line with the label of
// its command, and at the end how each command ended. Ctrl-C ends all commands and their children. The exit code is 1
// if a command has failed.
// Run: npm run example tail-commands -- 'ping -c 3 one.example' 'tail -f /var/log/syslog'   (without commands: two built-in ones)

import { spawn as start } from 'node:child_process';
import type { Socket as NodeSocket } from 'node:net';
import { all, call, joinall, run, shield, spawn } from 'greenhub';
import { patchChildProcess } from 'greenhub/monkey';
import { Socket } from 'greenhub/net';
import { readArguments } from './support/arguments.ts';

patchChildProcess(); // a child ends with the greenlet that started it

const { positionals: given } = readArguments(
  { allowPositionals: true },
  `Usage: npm run example tail-commands -- ['command' …]
  command  a shell command; several run concurrently (without any: two built-in commands, which end)`,
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
  // Create the sockets immediately: if a child ends before anybody reads its output, Node discards it.
  const [out, err] = [new Socket(child.stdout as NodeSocket), new Socket(child.stderr as NodeSocket)];
  try {
    yield* all([call(printLines, out, index, '|'), call(printLines, err, index, '!')]);
  } finally {
    // After Ctrl-C, the child has received its SIGTERM by now. If it takes too long, it gets a SIGKILL.
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
