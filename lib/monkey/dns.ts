import type * as Dns from 'node:dns'; // not by name, see child-process-types.ts
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { boundPromise } from './bound-promise.ts';
import { boundQuery, type Resolver, shareResolver } from './dns-queries.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { installInNode } from './install-in-node.ts';
import { likeOriginal } from './like-original.ts';
import { type AnyFunction, patchFunction } from './patch-function.ts';
import { isInstalled, type Replace, uninstall } from './patches.ts';

/** Node's type for it is as new as the query: from 22.15 on. */
type TlsaRecord = { certUsage: number; selector: number; match: number; data: ArrayBuffer };

/** The forms without a callback, for greenlets only. Outside greenlets Node refuses them. */
declare module 'dns' {
  export function lookup(hostname: string, family: number): Promise<Dns.LookupAddress>;
  export function lookup(hostname: string, options: Dns.LookupOneOptions): Promise<Dns.LookupAddress>;
  export function lookup(hostname: string, options: Dns.LookupAllOptions): Promise<Dns.LookupAddress[]>;
  export function lookup(
    hostname: string,
    options: Dns.LookupOptions,
  ): Promise<Dns.LookupAddress | Dns.LookupAddress[]>;
  export function lookup(hostname: string): Promise<Dns.LookupAddress>;
  export function lookupService(address: string, port: number): Promise<{ hostname: string; service: string }>;
  export function resolve(hostname: string): Promise<string[]>;
  export function resolve(hostname: string, rrtype: 'A'): Promise<string[]>;
  export function resolve(hostname: string, rrtype: 'AAAA'): Promise<string[]>;
  export function resolve(hostname: string, rrtype: 'ANY'): Promise<Dns.AnyRecord[]>;
  export function resolve(hostname: string, rrtype: 'CAA'): Promise<Dns.CaaRecord[]>;
  export function resolve(hostname: string, rrtype: 'CNAME'): Promise<string[]>;
  export function resolve(hostname: string, rrtype: 'MX'): Promise<Dns.MxRecord[]>;
  export function resolve(hostname: string, rrtype: 'NAPTR'): Promise<Dns.NaptrRecord[]>;
  export function resolve(hostname: string, rrtype: 'NS'): Promise<string[]>;
  export function resolve(hostname: string, rrtype: 'PTR'): Promise<string[]>;
  export function resolve(hostname: string, rrtype: 'SOA'): Promise<Dns.SoaRecord>;
  export function resolve(hostname: string, rrtype: 'SRV'): Promise<Dns.SrvRecord[]>;
  export function resolve(hostname: string, rrtype: 'TXT'): Promise<string[][]>;
  export function resolve4(hostname: string): Promise<string[]>;
  export function resolve4(hostname: string, options: Dns.ResolveWithTtlOptions): Promise<Dns.RecordWithTtl[]>;
  export function resolve4(hostname: string, options: Dns.ResolveOptions): Promise<string[] | Dns.RecordWithTtl[]>;
  export function resolve6(hostname: string): Promise<string[]>;
  export function resolve6(hostname: string, options: Dns.ResolveWithTtlOptions): Promise<Dns.RecordWithTtl[]>;
  export function resolve6(hostname: string, options: Dns.ResolveOptions): Promise<string[] | Dns.RecordWithTtl[]>;
  export function resolveAny(hostname: string): Promise<Dns.AnyRecord[]>;
  export function resolveCaa(hostname: string): Promise<Dns.CaaRecord[]>;
  export function resolveCname(hostname: string): Promise<string[]>;
  export function resolveMx(hostname: string): Promise<Dns.MxRecord[]>;
  export function resolveNaptr(hostname: string): Promise<Dns.NaptrRecord[]>;
  export function resolveNs(hostname: string): Promise<string[]>;
  export function resolvePtr(hostname: string): Promise<string[]>;
  export function resolveSoa(hostname: string): Promise<Dns.SoaRecord>;
  export function resolveSrv(hostname: string): Promise<Dns.SrvRecord[]>;
  export function resolveTlsa(hostname: string): Promise<TlsaRecord[]>;
  export function resolveTxt(hostname: string): Promise<string[][]>;
  export function reverse(ip: string): Promise<string[]>;
}

/** The queries of resolvers that a version of Node may have, with the largest number of arguments before a callback. */
const QUERIES: Readonly<Record<string, number>> = {
  resolve: 2,
  resolve4: 2,
  resolve6: 2,
  resolveAny: 1,
  resolveCaa: 1,
  resolveCname: 1,
  resolveMx: 1,
  resolveNaptr: 1,
  resolveNs: 1,
  resolvePtr: 1,
  resolveSoa: 1,
  resolveSrv: 1,
  resolveTlsa: 1,
  resolveTxt: 1,
  reverse: 1,
};

/** The queries of the operating system, in the same form. */
const LOOKUPS: Readonly<Record<string, number>> = { lookup: 2, lookupService: 2 };

/**
 * Patches DNS queries. In greenlets, the promises of `dns.promises` and its resolvers end when their waiter is
 * cancelled. The functions of `node:dns` and the methods of its resolvers return such a promise if a greenlet calls
 * them without a callback: `const { address } = yield* dns.lookup('localhost')`.
 *
 * Node can only cancel all queries of a resolver at once. So they are cancelled when no greenlet wants any of them, and
 * only if the resolver was never used outside greenlets. Other queries (`lookup`, `lookupService`, and the functions of
 * the modules, which share a resolver) continue after a cancellation, and their late answers are dropped.
 */
export function patchDns(): void {
  installInNode(patchDns, (replace) => {
    const { promises } = dns;
    const here = (list: typeof QUERIES): [string, number][] => Object.entries(list).filter(([name]) => name in dns);
    for (const [name, before] of here({ ...QUERIES, ...LOOKUPS })) {
      const promised = (promises as unknown as Record<string, AnyFunction>)[name] as AnyFunction;
      const ask = (args: unknown[]): unknown => boundPromise(promised.apply(promises, args) as Promise<unknown>);
      patchFunction(replace, 'dns/promises', promises, name, (_, __, args) => ask(args));
      patchFunction(replace, 'dns', dns, name, (original, self, args) =>
        lacksCallback(args, before) ? ask(args) : original.apply(self, args),
      );
    }
    for (const [name, before] of here(QUERIES)) {
      query(replace, 'dns/promises.Resolver', promises.Resolver.prototype, name, () => true, promise);
      query(replace, 'dns.Resolver', dns.Resolver.prototype, name, (args) => lacksCallback(args, before), called);
    }
    followServers(replace, 'dns', dns);
    followServers(replace, 'dns/promises', promises);
  });
}

function lacksCallback(args: unknown[], before: number): boolean {
  return args.length <= before && typeof args.at(-1) !== 'function';
}

type Ask = (original: AnyFunction, resolver: unknown, args: unknown[]) => Promise<unknown>;

/** Patches a method of resolvers. */
function query(
  replace: Replace,
  module: string,
  prototype: object,
  name: string,
  givesPromise: (args: unknown[]) => boolean,
  ask: Ask,
): void {
  const property = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  const original = property.value as AnyFunction;
  const { method } = {
    method(this: Resolver, ...args: unknown[]): unknown {
      if (insideGreenlet() && givesPromise(args)) return boundQuery(this, ask(original, this, args));
      if (Object(this) === this) shareResolver(this);
      return original.apply(this, args);
    },
  };
  replace(module, prototype, name, { ...property, value: likeOriginal(method, original) });
}

const promise: Ask = (original, resolver, args) => original.apply(resolver, args) as Promise<unknown>;

const called: Ask = (original, resolver, args) =>
  new Promise((resolve, reject) => {
    original.call(resolver, ...args, (error: unknown, answer: unknown) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });

/** `setServers()` replaces the query functions of the modules. This applies the patch to the new functions. */
function followServers(replace: Replace, module: string, holder: object): void {
  const property = Object.getOwnPropertyDescriptor(holder, 'setServers') as PropertyDescriptor;
  const original = property.value as AnyFunction;
  const { setServers } = {
    setServers(this: unknown, ...args: unknown[]): unknown {
      if (!isInstalled(patchDns)) return original.apply(this, args);
      // Node leaves the lookups alone, so keep what the program may have put in their place.
      const lookups = [dns, dns.promises].flatMap((of) =>
        Object.keys(LOOKUPS).map((key) => [of, key, Object.getOwnPropertyDescriptor(of, key)] as const),
      );
      uninstall(patchDns);
      try {
        return original.apply(this, args);
      } finally {
        patchDns();
        for (const [of, key, property] of lookups) Object.defineProperty(of, key, property as PropertyDescriptor);
        syncBuiltinESMExports();
      }
    },
  };
  replace(module, holder, 'setServers', { ...property, value: likeOriginal(setServers, original) });
}
