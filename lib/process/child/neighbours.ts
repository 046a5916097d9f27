import { code, network } from '../network/network.ts';

/** Receives the messages of the kind PROCESS of each neighbour: the children and the parent, by their ids in the network. */
export const neighbours = new Map<string, (fields: readonly unknown[]) => void>();

network.handle(code.PROCESS, (from, fields) => neighbours.get(from)?.(fields));
