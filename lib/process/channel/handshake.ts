/**
 * How the two ends of a Manager's socket prove to each other that they know the key, before anything else is read. The key itself
 * never crosses the wire:
 *
 *     server ── greenhub 1 NONCE_S ─────────────▶ client
 *            ◀─ NONCE_C hmac(key, client, …) ────
 *            ── welcome hmac(key, server, …) ───▶          or: refused
 *
 * Each proof covers both nonces and says whose it is. So nobody can use a proof again, or send it back to its author. The messages
 * are lines of text, which are read without any decoding.
 */
import type { Duplex } from 'node:stream';
import type { Coroutine, Operation } from '../../greenlet/operation.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { host } from '../../hub/loop/host.ts';
import { action } from '../../hub/parking/action.ts';
import { AuthenticationError, ConnectionLostError } from '../errors.ts';
import { crypto } from '../nodes-modules.ts';

/** How long a handshake may take, in milliseconds. */
const PATIENCE = 5_000;
/** The longest line, in bytes. */
const LONGEST_LINE = 1_024;

const NONCE = /^[0-9a-f]{64}$/;
const LINE_END = 0x0a;

/** What both sides know. */
export type Key = string | Uint8Array;

/** @throws TypeError for anything but text or bytes, RangeError for an empty key, which everybody knows */
export function checkedKey(key: unknown): Buffer {
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
    throw new TypeError(`authkey must be a string or a Uint8Array, not ${kindOf(key)}`);
  }
  if (key.length === 0) throw new RangeError('authkey must not be empty, because then everybody could connect');
  return Buffer.from(key as string);
}

/**
 * The server's side. Returns once the client has proved that it knows the key, and was given the server's own proof.
 *
 * @param stream nobody else may read it
 * @param patience how long it may take, in milliseconds
 * @throws AuthenticationError if the client has another key, or sends something else than a proof
 * @throws ConnectionLostError if the client goes away or takes too long
 */
export function* admit(stream: Duplex, key: Buffer, patience = PATIENCE): Coroutine<void> {
  const ours = crypto().randomBytes(32).toString('hex');
  stream.write(`greenhub 1 ${ours}\n`);
  try {
    const [theirs = '', proof] = (yield* lineOf(stream, host.now() + patience)).split(' ');
    if (!NONCE.test(theirs)) throw new AuthenticationError('a client sent something else than a proof');
    const nonces = `${ours} ${theirs}`;
    if (!isProof(proof, key, 'client', nonces)) throw new AuthenticationError('a client has another authkey');
    stream.write(`welcome ${proofOf(key, 'server', nonces)}\n`);
  } catch (error) {
    if (error instanceof AuthenticationError) stream.write('refused\n');
    throw error;
  }
}

/**
 * The client's side. Returns once both have proved that they know the key.
 *
 * @param stream nobody else may read it
 * @param patience how long it may take, in milliseconds
 * @throws AuthenticationError if the server has another key, or is no Manager
 * @throws ConnectionLostError if the server goes away or does not answer
 */
export function* introduce(stream: Duplex, key: Buffer, patience = PATIENCE): Coroutine<void> {
  const deadline = host.now() + patience;
  const [name, version, theirs = ''] = (yield* lineOf(stream, deadline)).split(' ');
  if (name !== 'greenhub' || version !== '1' || !NONCE.test(theirs)) {
    throw new AuthenticationError('the server at this address is not a Manager of this version of greenhub');
  }
  const ours = crypto().randomBytes(32).toString('hex');
  const nonces = `${theirs} ${ours}`;
  stream.write(`${ours} ${proofOf(key, 'client', nonces)}\n`);
  const [verdict, proof] = (yield* lineOf(stream, deadline)).split(' ');
  if (verdict !== 'welcome') throw new AuthenticationError('the Manager has another authkey');
  if (!isProof(proof, key, 'server', nonces)) {
    throw new AuthenticationError('the server at this address does not know the authkey');
  }
}

function proofOf(key: Buffer, whose: 'client' | 'server', nonces: string): string {
  return crypto().createHmac('sha256', key).update(`greenhub 1 ${whose} ${nonces}`).digest('hex');
}

function isProof(proof: string | undefined, key: Buffer, whose: 'client' | 'server', nonces: string): boolean {
  const right = Buffer.from(proofOf(key, whose, nonces));
  const given = Buffer.from(proof ?? '');
  return given.length === right.length && crypto().timingSafeEqual(given, right);
}

/** Reads a line. Leaves the stream paused, and what follows the line unread. */
function lineOf(stream: Duplex, deadline: number): Operation<string> {
  return action<string>(function handshake(resolve, reject) {
    const parts: Buffer[] = [];
    let have = 0;
    const onData = (chunk: Buffer): void => {
      const end = chunk.indexOf(LINE_END);
      have += end < 0 ? chunk.length : end;
      if (have > LONGEST_LINE) {
        stop();
        reject(new AuthenticationError(`a line of more than ${LONGEST_LINE} bytes has arrived before a proof`));
        return;
      }
      parts.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end < 0) return;
      stop();
      if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
      resolve(Buffer.concat(parts).toString('latin1'));
    };
    const onEnd = (): void => reject(new ConnectionLostError('the connection has ended during the handshake'));
    const onLate = (): void => reject(new ConnectionLostError('the other side takes too long for the handshake'));
    const timer = host.startTimer(onLate, deadline - host.now());
    const stop = (): void => {
      host.stopTimer(timer);
      stream.pause();
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
    };
    stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
    if (stream.destroyed || stream.readableEnded) onEnd();
    stream.resume();
    return stop;
  });
}
