/** Celery with gevent, which `npm run bench tasks` measures on the same Redis server, where Python has both. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TasksJob } from './tasks.ts';

const SIDE = fileURLToPath(new URL('celery_side.py', import.meta.url));

/** The Python of the system has Debian's packages, and may not be the first one. */
const PYTHONS = ['python3', '/usr/bin/python3'];

/** A Python with Celery, gevent and the client for Redis; undefined if there is none. */
export function celeryPython(): string | undefined {
  return PYTHONS.find((python) => spawnSync(python, ['-c', 'import celery, gevent, redis']).status === 0);
}

/** Microseconds for each job. The producer and the worker are two processes. */
export async function measureCelery(python: string, job: TasksJob, url: string): Promise<number> {
  const env = { ...process.env, CELERY_URL: url, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await promisify(execFile)(python, [SIDE, job], { env });
  return Number(stdout);
}
