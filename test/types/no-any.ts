// No public member gives `any`, except the result of a switch, as the contract says.

import type * as greenhub from 'greenhub';
import type * as greenlets from 'greenhub/greenlet';
import type * as inspection from 'greenhub/inspect';
import type * as monkey from 'greenhub/monkey';
import type * as net from 'greenhub/net';
import type * as processes from 'greenhub/process';
import type * as tasks from 'greenhub/tasks';
import type * as testing from 'greenhub/testing';
import { type AnyMembers, check, type Equal } from './expect.js';

// The check itself works.
interface Leaky {
  // biome-ignore-start lint/suspicious/noExplicitAny: these are the leaks
  field: any;
  method(): any;
  operation(): greenhub.Operation<any>;
  list(): any[];
  // biome-ignore-end lint/suspicious/noExplicitAny: these are the leaks
  fine(): greenhub.Operation<unknown>;
}
check<Equal<AnyMembers<Leaky>, 'field' | 'method' | 'operation' | 'list'>>();

check<Equal<AnyMembers<typeof greenhub>, never>>();
check<Equal<AnyMembers<typeof greenlets>, never>>();
check<Equal<AnyMembers<typeof inspection>, never>>();
check<Equal<AnyMembers<typeof monkey>, never>>();
check<Equal<AnyMembers<typeof net>, never>>();
check<Equal<AnyMembers<typeof processes>, never>>();
check<Equal<AnyMembers<typeof tasks>, never>>();
check<Equal<AnyMembers<typeof testing>, never>>();

check<Equal<AnyMembers<greenhub.RawGreenlet>, 'switch' | 'throw'>>();
check<Equal<AnyMembers<greenhub.Greenlet<number>>, 'switch' | 'throw'>>();
check<Equal<AnyMembers<greenhub.Greenlet>, 'switch' | 'throw'>>();
check<Equal<AnyMembers<greenhub.Hub>, never>>();
check<Equal<AnyMembers<greenhub.Iteration<number>>, never>>();
check<Equal<AnyMembers<greenhub.Timeout>, never>>();
check<Equal<AnyMembers<greenhub.Event>, never>>();
check<Equal<AnyMembers<greenhub.AsyncResult<number>>, never>>();
check<Equal<AnyMembers<greenhub.Queue<number>>, never>>();
check<Equal<AnyMembers<greenhub.Lock>, never>>();
check<Equal<AnyMembers<greenhub.Semaphore>, never>>();
check<Equal<AnyMembers<InstanceType<typeof greenhub.Local>>, never>>();
check<Equal<AnyMembers<greenhub.Group>, never>>();
check<Equal<AnyMembers<greenhub.Pool>, never>>();
check<Equal<AnyMembers<greenhub.Nursery>, never>>();

check<Equal<AnyMembers<processes.Process<number, [n: number]>>, never>>();
check<Equal<AnyMembers<processes.ThreadPool>, never>>();
check<Equal<AnyMembers<processes.ProcessPool>, never>>();
check<Equal<AnyMembers<processes.PoolResult<number>>, never>>();
check<Equal<AnyMembers<processes.Queue<number>>, never>>();
check<Equal<AnyMembers<processes.JoinableQueue<number>>, never>>();
check<Equal<AnyMembers<processes.Lock>, never>>();
check<Equal<AnyMembers<processes.Condition>, never>>();
check<Equal<AnyMembers<processes.Barrier>, never>>();
check<Equal<AnyMembers<processes.Connection<number>>, never>>();
check<Equal<AnyMembers<processes.Value<'i32'>>, never>>();
check<Equal<AnyMembers<processes.SharedArray<'i32'>>, never>>();
check<Equal<AnyMembers<processes.Manager>, never>>();
check<Equal<AnyMembers<processes.DictProxy<string, number>>, never>>();
check<Equal<AnyMembers<processes.ListProxy<number>>, never>>();
check<Equal<AnyMembers<processes.NamespaceProxy<{ depth: number }>>, never>>();
check<Equal<AnyMembers<processes.ValueProxy<number>>, never>>();
