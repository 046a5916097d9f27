import type { Transferable } from 'node:worker_threads';
import { decode, decodeError, type Encoded, encode } from '../travel/encode.ts';
import type { Way } from '../travel/shareable.ts';
import { isPrimitive } from '../travel/walk.ts';
import type { Caller } from './caller.ts';

/** Arguments or items on their way to a worker. */
export class Packed {
  payload: unknown;
  specials: Encoded['specials'];
  transfer: readonly Transferable[] | undefined;
  private isOurs: boolean;

  /** @param isOurs whether the program cannot change it meanwhile */
  constructor({ payload, specials }: Encoded, transfer: readonly Transferable[] | undefined, isOurs: boolean) {
    this.payload = payload;
    this.specials = specials;
    this.transfer = transfer;
    this.isOurs = isOurs;
  }

  /** Copies it unless it is copied already: it will be sent later, and the program may change it until then. */
  keep(): void {
    if (this.isOurs) return;
    const { payload, specials, transfer = [] } = this;
    const copy: [unknown, Encoded['specials'], readonly Transferable[]] = structuredClone(
      [payload, specials, transfer],
      { transfer: transfer as never },
    );
    this.isOurs = true;
    this.payload = copy[0];
    this.specials = copy[1];
    if (transfer.length > 0) this.transfer = copy[2];
  }

  /** Adds it to the fields of a message. */
  addTo(fields: [number, ...unknown[]]): [number, ...unknown[]] {
    fields.push(this.payload);
    if (this.specials !== null) fields.push(this.specials);
    return fields;
  }
}

/**
 * Packs the arguments of a call.
 *
 * @throws TypeError if something cannot be sent, with its path
 */
export function packedArgs(args: readonly unknown[], way: Way, transfer?: readonly Transferable[]): Packed {
  const arePlain = args.every(isPrimitive);
  const encoded = arePlain ? { payload: args.slice(), specials: null } : encode(args, 'args', way, transfer as never);
  return new Packed(encoded, transfer, arePlain);
}

/** Packs an item as the only argument of a call. */
export function packedItem(item: unknown, way: Way): Packed {
  const { payload, specials } = encode(item, 'item', way);
  return new Packed({ payload: [payload], specials }, undefined, isPrimitive(item));
}

/**
 * Packs the items of a chunk.
 *
 * @param items nobody else may change the list
 * @throws TypeError if an item cannot be sent, with the path inside of the item
 */
export function packedItems(items: readonly unknown[], way: Way): Packed {
  if (items.every(isPrimitive)) return new Packed({ payload: items, specials: null }, undefined, true);
  try {
    return new Packed(encode(items, 'items', way), undefined, false);
  } catch (error) {
    for (const item of items) encode(item, 'item', way);
    throw error;
  }
}

/** What a worker has sent. */
export function unpacked(payload: unknown, specials: unknown): unknown {
  return specials === undefined ? payload : decode({ payload, specials: specials as Encoded['specials'] });
}

/** The error that a worker has sent. Its stack shows the caller below the frames of the worker. */
export function unpackedError(payload: unknown, specials: unknown, caller: Caller | null): unknown {
  return decodeError({ payload, specials: (specials ?? null) as Encoded['specials'] }, caller?.stack);
}
