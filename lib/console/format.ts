const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12,345`; above a million, `1.23M`. */
export function count(value: number): string {
  return value < 1e6 ? whole.format(value) : short.format(value);
}

/** For axes: `12K`. */
export function compact(value: number): string {
  return short.format(value);
}

/** `0.4 ms`, `12 ms`, `3.4 s`, `2 min 10 s`, `1 h 3 min`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms < 0.05 ? 0 : ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** As `duration()`, but short times are exact: `640 ns`, `12 µs`. */
export function fine(ms: number): string {
  if (ms >= 1 || ms === 0) return duration(ms);
  const nanoseconds = ms * 1e6;
  return nanoseconds < 1_000 ? `${Math.round(nanoseconds)} ns` : `${rounded(ms * 1_000)} µs`;
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** The time of day; `exact` has the milliseconds. */
export function clock(ms: number, exact = false): string {
  const time = new Date(ms);
  const day = time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return exact ? `${day}.${String(time.getMilliseconds()).padStart(3, '0')}` : day;
}

/** `23 MB` */
export function bytes(value: number): string {
  return `${count(value / 2 ** 20)} MB`;
}

export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A frame of a stack in its parts. The place is short; `full` is the whole of it. */
export function frameParts(frame: string): { name: string; place: string; full: string } {
  const [, name = '', full = ''] = /^(.*?) \((.*)\)$/.exec(frame) ?? [null, '', frame];
  const place = full
    .replace(/^file:\/\//, '')
    .split('/')
    .slice(-3)
    .join('/');
  return { name: name === '' ? '(anonymous)' : name, place, full };
}
