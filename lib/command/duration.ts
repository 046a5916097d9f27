/** Shows a time in at most five characters: `12ms`, `3.2s`, `5m`, `7h`, `12d`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  const seconds = ms / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  if (seconds < 99.5) return `${Math.round(seconds)}s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)}m`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${Math.round(hours)}h` : `${Math.round(hours / 24)}d`;
}
