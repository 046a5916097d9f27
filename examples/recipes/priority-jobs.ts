// Workers take the most urgent job first. Jobs of the same priority run in the order in which they came.

import { forEach, joinall, PriorityQueue, run, sleep, spawn } from 'greenhub';

type Job = readonly [priority: number, name: string];

await run(function* main() {
  const jobs = new PriorityQueue<Job>();
  function* worker(name: string) {
    yield* forEach(jobs, function* ([priority, job]) {
      console.log(`${name}: ${job} (${priority})`);
      yield* sleep(100);
    });
  }

  for (const job of [
    [5, 'newsletter'],
    [1, 'password mail'],
    [5, 'report'],
    [3, 'invoice'],
  ] as const)
    jobs.putNowait(job);
  const workers = [spawn(worker, 'ann'), spawn(worker, 'bob')];
  yield* sleep(50);
  jobs.putNowait([0, 'fire alarm']); // overtakes what waits, not what runs
  jobs.shutdown(); // the workers end when no job is left
  yield* joinall(workers);
});
