/** A customer of the bench's own, with an API key. */
import { randomBytes } from 'node:crypto';
import { createIds, type Scope, systemClock } from '@muster/common';
import { createApiKey, signUp } from '@muster/customers';
import type { Database, Kysely } from '@muster/db';

/** Signs up a new organization, and makes a key with these scopes. */
export async function makeApiKey(db: Kysely<Database>, scopes: Scope[]): Promise<string> {
  const context = { db, clock: systemClock, ids: createIds(systemClock) };
  const name = randomBytes(6).toString('hex');
  const owner = {
    email: `${name}@example.com`,
    password: randomBytes(16).toString('hex'),
    name,
    organizationName: name,
  };
  const { person, organization } = await signUp(context, owner);
  const actor = { id: person.id, kind: 'person' as const, organizationId: organization.id, scopes: new Set(scopes) };
  return (await createApiKey(context, actor, { name: 'bench', scopes })).key;
}
