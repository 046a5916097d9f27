import type { AddressInfo } from 'node:net';

/** An address and port in the form used in URLs: `127.0.0.1:8000`, `[::1]:8000`. */
export function addressText(address: string, port: number | undefined): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The address of a server or a bound socket: an address and port, or a path. */
export function placeText(place: AddressInfo | string | null): string {
  if (place === null) return 'no place';
  return typeof place === 'string' ? place : addressText(place.address, place.port);
}
