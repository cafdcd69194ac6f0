/** What an installation has before its processes start: the schema, the catalogue, an operator, and the pool of this machine. */
import { readFileSync } from 'node:fs';
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, createIds, isDomainError, systemClock } from '@muster/common';
import { createOperatorOrganization, openSession, revokeSession, signUp, verifyPassword } from '@muster/customers';
import { type Context, createDatabase, migrate } from '@muster/db';
import { attachPool, listPools } from '@muster/workers';
import { ensureKeys } from './keys.ts';
import { ensureRights } from './rights.ts';
import { readEnvironment, type Stack, secret } from './stack.ts';

export const people = {
  operator: { name: 'Olga Operator', organizationName: 'Muster operations' },
  supplier: { name: 'Sam Supplier', organizationName: 'Supplies of Sam' },
  customer: { name: 'Carla Customer', organizationName: 'Carla and Company' },
};
export type PersonName = keyof typeof people;

/** Runs `work` on the stack's database. */
export async function withContext<T>(stack: Stack, work: (context: Context) => Promise<T>): Promise<T> {
  const db = createDatabase(readEnvironment(stack).MUSTER_POSTGRES_URL!, { max: 2, name: 'local' });
  try {
    return await work({ db, clock: systemClock, ids: createIds(systemClock) });
  } finally {
    await db.destroy();
  }
}

/**
 * Brings the database up to date and makes what is missing.
 *
 * @param country ISO 3166 code of the country that this machine is said to be in: nothing on it tells
 * @returns the migrations applied now, and the id of the pool whose workers are machines with an agent
 */
export async function install(stack: Stack, country: string): Promise<{ applied: string[]; poolId: string }> {
  return withContext(stack, async (context) => {
    const applied = await migrate(context.db);
    await seedCatalogue(context);
    const operator = await ensurePerson(stack, context, 'operator');
    const { orchestrator } = await ensureRights(stack);
    return { applied, poolId: await ensurePool(stack, context, operator, { country, kubeconfig: orchestrator }) };
  });
}

/** The email and password of a person; the password is random per stack. */
export function credentials(stack: Stack, person: PersonName): { email: string; password: string } {
  return { email: `${person}@muster.example`, password: secret(stack, `person-${person}`, 12) };
}

/** Signs a person up at first use, and answers it as the actor that it is after a login. */
export async function ensurePerson(stack: Stack, context: Context, person: PersonName): Promise<Actor> {
  const login = credentials(stack, person);
  const create = person === 'operator' ? createOperatorOrganization : signUp;
  await create(context, { ...login, ...people[person] }).catch((error) => {
    if (!isDomainError(error, 'already_exists')) throw error;
  });
  const { id } = await verifyPassword(context, login);
  const { session, actor } = await openSession(context, { personId: id, ip: '127.0.0.1', userAgent: 'muster up' });
  await revokeSession(context, actor, session.id);
  return actor;
}

async function ensurePool(
  stack: Stack,
  context: Context,
  operator: Actor,
  { country, kubeconfig }: { country: string; kubeconfig: string },
): Promise<string> {
  const pools = await listPools(context, operator);
  const known = pools.find(({ name, state }) => name === 'local' && state === 'active');
  if (known) return known.id;
  const { secrets } = await ensureKeys(stack);
  const pool = await attachPool(context, operator, Buffer.from(secrets, 'base64'), {
    name: 'local',
    country,
    kind: 'community',
    kubeconfig: readFileSync(kubeconfig, 'utf8'),
  });
  return pool.id;
}
