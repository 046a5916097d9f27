export type { Channel } from './channel/channel.ts';
