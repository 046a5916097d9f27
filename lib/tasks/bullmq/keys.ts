/** The names under which an app is stored. They begin as BullMQ's own do, so that its tools find the queues. */

const PREFIX = 'bull';

/** The name of a lane's queue in BullMQ. */
export function queueName(app: string, lane: string): string {
  return `${app}.${lane}`;
}

/** The key of a job. */
export function jobKey(app: string, lane: string, id: string): string {
  return `${PREFIX}:${queueName(app, lane)}:${storedId(id)}`;
}

/** The set of all lanes. */
export function lanesKey(app: string): string {
  return `${PREFIX}:${app}:lanes`;
}

/** Is there while all lanes are paused. */
export function pausedKey(app: string): string {
  return `${PREFIX}:${app}:paused`;
}

/** Says that a job was revoked, and where it was. */
export function revokedKey(app: string, id: string): string {
  return `${PREFIX}:${app}:revoked:${id}`;
}

/** The channel on which workers learn what is revoked. */
export function revokedChannel(app: string): string {
  return `${PREFIX}:${app}:revoke`;
}

const NEEDS_CARE = /[%:]|^-?\d+$/;

/** BullMQ allows neither colons in ids, except in those of schedules, nor whole numbers. */
export function storedId(id: string): string {
  if (!NEEDS_CARE.test(id) || isOfSchedule(id)) return id;
  const plain = id.replaceAll('%', '%25').replaceAll(':', '%3A');
  return /^-?\d+$/.test(plain) ? `%N${plain}` : plain;
}

/** The id that a stored one stands for. */
export function shownId(stored: string): string {
  if (!stored.includes('%')) return stored;
  return stored.replace(/^%N/, '').replaceAll('%3A', ':').replaceAll('%25', '%');
}

function isOfSchedule(id: string): boolean {
  return /^repeat:[^:]+:\d+$/.test(id);
}
