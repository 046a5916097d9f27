// Reports progress once a second while work goes on, and once more at its end, however it ends.

import { nursery, Pool, run, sleep } from 'greenhub';

class Progress {
  done = 0;
  readonly total: number;

  constructor(total: number) {
    this.total = total;
  }

  *report() {
    try {
      for (;;) {
        yield* sleep(1_000);
        this.print();
      }
    } finally {
      this.print();
    }
  }

  private print() {
    console.log(`${this.done} of ${this.total} (${Math.floor((100 * this.done) / this.total)} %)`);
  }
}

await run(function* main() {
  const files = Array.from({ length: 30 }, (_, n) => `file-${n}`);
  const progress = new Progress(files.length);
  yield* nursery(function* (n) {
    const reporter = n.spawn(() => progress.report());
    yield* new Pool(4).map(function* upload() {
      yield* sleep(350);
      progress.done += 1;
    }, files);
    yield* reporter.kill();
  });
});
