/** `greenhub` in workerd (Cloudflare Workers), where each request has a hub of its own. Exports what `greenhub` exports. */
import { giveEachRequestItsHub } from './per-request.ts';

giveEachRequestItsHub();

export * from '../index.ts';
