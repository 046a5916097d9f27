/** Flags that are for one process only: of a debugger, of a program on the command line, of test runners and watchers. */
const OWN = /^(?:--inspect|--test|--watch|--(?:eval|print|input-type)(?:=|$)|-(?:e|p|pe)$)/;
/** Those of them that may have their value in the next argument. */
const WITH_VALUE =
  /^(?:-e|-p|-pe|--eval|--print|--input-type|--inspect-(?:port|publish-uid)|--watch-(?:path|kill-signal)|--test-[a-z-]+)$/;
const WITHOUT_VALUE = /^--test-(?:only|force-exit|update-snapshots)$/;

/** The flags of Node that a child gets from its parent: all but those that are for the parent alone. */
export function inheritedExecArgv(execArgv: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  for (let i = 0; i < execArgv.length; i += 1) {
    const flag = execArgv[i] as string;
    if (!OWN.test(flag)) kept.push(flag);
    else if (WITH_VALUE.test(flag) && !WITHOUT_VALUE.test(flag) && isValue(execArgv[i + 1])) i += 1;
  }
  return kept;
}

function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !/^-./.test(argument);
}
