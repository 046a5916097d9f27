import { SingleBar } from 'cli-progress';

/** How far a job is: a bar on a terminal, a line for each step anywhere else. */
export interface Progress {
  step(done: number, total: number, line: string): void;
  stop(): void;
}

export function startProgress(what: string): Progress {
  return process.stdout.isTTY ? barProgress(what) : lineProgress();
}

function barProgress(what: string): Progress {
  // Signals are for run() to handle: the bar is stopped in a `finally` like everything else.
  const bar = new SingleBar({
    format: `{bar} {value} of {total} ${what}, {duration_formatted}`,
    stream: process.stdout,
    gracefulExit: false,
  });
  bar.start(1, 0);
  return {
    step(done, total) {
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function lineProgress(): Progress {
  return {
    step: (done, total, line) => console.log(`[${done}/${total}] ${line}`),
    stop() {},
  };
}
