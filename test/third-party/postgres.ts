import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownerBeside, ServerProcess } from './server-process.ts';

/** The folder in which Debian installs the programs of each version. */
const VERSIONS = '/usr/lib/postgresql';

const USER = 'tester';

/** A PostgreSQL server for tests; undefined if it is not installed. */
export function postgres(): ServerProcess | undefined {
  const bin = newestBin();
  if (bin === undefined) return undefined;
  const owner = ownerBeside('postgres', 'nobody');
  return new ServerProcess({
    command: join(bin, 'postgres'),
    ready: /ready to accept connections/,
    stopSignal: 'SIGINT',
    owner,
    prepare(folder) {
      const options = ['--username', USER, '--auth', 'trust', '--no-sync', '--encoding', 'UTF8', '--locale', 'C'];
      execFileSync(join(bin, 'initdb'), [...options, join(folder, 'data')], { ...owner, cwd: folder, stdio: 'pipe' });
    },
    args(folder, port) {
      const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
      return ['-D', join(folder, 'data'), '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])];
    },
  });
}

/** The connection settings for pg. */
export function connectionTo(port: number): { host: string; port: number; user: string; database: string } {
  return { host: '127.0.0.1', port, user: USER, database: 'postgres' };
}

function newestBin(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  return readdirSync(VERSIONS)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb')));
}
