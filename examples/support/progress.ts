import { SingleBar } from 'cli-progress';

/** Shows progress: a bar on a terminal, one line for each step elsewhere. */
export interface Progress {
  step(done: number, total: number, line: string): void;
  stop(): void;
}

export function startProgress(what: string): Progress {
  return process.stdout.isTTY ? barProgress(what) : lineProgress();
}

function barProgress(what: string): Progress {
  // run() handles signals, and a `finally` stops the bar like everything else.
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
