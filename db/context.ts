/** What every function of a domain takes first. */
import type { Clock, Ids } from '@muster/common';
import type { Kysely } from 'kysely';
import type { Database } from './tables.ts';

export interface Context {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
}
