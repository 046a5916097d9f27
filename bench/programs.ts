/** A measurement outside the table, with its own process, arguments and output. */
export interface Program {
  name: string;
  /** Returns the exit code. */
  run(args: string[], print: (line: string) => void): Promise<number>;
}

export const programs: Program[] = [
  {
    name: 'cold',
    run: async (args, print) => (await import('./cold.ts')).benchCold(args, print),
  },
  {
    name: 'console',
    run: async (args, print) => (await import('./console.ts')).benchConsole(args, print),
  },
  {
    name: 'imap-memory',
    async run(_args, print) {
      await (await import('./imap-memory.ts')).imapMemory(print);
      return 0;
    },
  },
  {
    name: 'deciding',
    async run(args, print) {
      await (await import('./deciding.ts')).deciding(args, print);
      return 0;
    },
  },
  {
    name: 'inspect',
    run: async (args, print) => (await import('./inspect.ts')).benchInspect(args, print),
  },
  {
    name: 'net',
    async run(args, print) {
      await (await import('./net.ts')).benchNet(args, print);
      return 0;
    },
  },
  {
    name: 'process',
    run: async (args, print) => (await import('./process-pool.ts')).benchPools(args, print),
  },
  {
    name: 'shared',
    run: async (args, print) => (await import('./shared.ts')).benchShared(args, print),
  },
  {
    name: 'size',
    run: async (_args, print) => (await import('./size.ts')).benchSize(print),
  },
  {
    name: 'soak',
    run: async (args, print) => (await import('./soak.ts')).soak(args, print),
  },
  {
    name: 'tasks',
    run: async (args, print) => (await import('./tasks.ts')).benchTasks(args, print),
  },
  {
    name: 'tax',
    run: async (args, print) => (await import('./tax.ts')).benchTax(args, print),
  },
];
