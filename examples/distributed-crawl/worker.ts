// A worker. Run as many as you like, on as many machines as you like: CRAWL=name node worker.ts

import { run, shield } from 'greenhub';
import { app } from './tasks.ts';

// If start.ts has started it, it ends with start.ts, also if that is killed by -9.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

run(function* main() {
  try {
    // If it dies, its jobs are run again after 5 seconds and not 30: this program must not take long.
    yield* app.worker({ concurrency: 4, lock: 5_000 }).run();
  } finally {
    yield* shield(app.close());
  }
});
