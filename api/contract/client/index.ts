/** The typed client of Muster's APIs: all that the web and the command line know of the platform. */
import type { components as InternalComponents } from './internal.d.ts';
import type { components as PrivateComponents } from './private.d.ts';
import type { components as PublicComponents } from './public.d.ts';

export { answer, type ClientOptions, createMusterClient, everyItem, type MusterClient } from './client.ts';
export { type ErrorCode, Problem } from './problem.ts';
export { execSocket, type FeedEvent, followChanges, followEvents, readLog } from './streams.ts';

/** Every named schema, as it is on the wire: `Schemas['Cluster']`. */
export type Schemas = PublicComponents['schemas'] & PrivateComponents['schemas'] & InternalComponents['schemas'];
