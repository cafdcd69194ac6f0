/** What the demo needs to be there: catalogue and prices, the people, the customer's credit, and the pool of this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grantCredit } from '@muster/billing';
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, createIds, isDomainError, systemClock } from '@muster/common';
import {
  authenticateApiKey,
  createApiKey,
  createOperatorOrganization,
  hashApiKey,
  openSession,
  revokeSession,
  signUp,
  verifyPassword,
} from '@muster/customers';
import { type Context, createDatabase } from '@muster/db';
import { attachPool, listPools } from '@muster/workers';
import { writeKubeconfig } from '../control-plane.ts';
import { ensureKeys } from '../keys.ts';
import { readEnvironment, type Stack, secret, writePrivate } from '../stack.ts';

export interface Login {
  email: string;
  password: string;
  apiKey: string;
}

/** What `.muster/demo.json` holds. */
export interface Demo {
  url: string;
  operator: Login;
  supplier: Login;
  customer: Login;
}
export type PersonName = Exclude<keyof Demo, 'url'>;

const people: Record<PersonName, { name: string; organizationName: string }> = {
  operator: { name: 'Olga Operator', organizationName: 'Muster operations' },
  supplier: { name: 'Sam Supplier', organizationName: 'Supplies of Sam' },
  customer: { name: 'Carla Customer', organizationName: 'Carla and Company' },
};
const creditMicroUsd = 250_000_000n;

/** Seeds what is missing and keeps what is there; answers the logins, which are also in `.muster/demo.json`. */
export async function seed(stack: Stack, url: string, country: string): Promise<Demo> {
  const db = createDatabase(readEnvironment(stack).MUSTER_POSTGRES_URL!, { max: 2, name: 'seed' });
  const context: Context = { db, clock: systemClock, ids: createIds(systemClock) };
  try {
    await seedCatalogue(context);
    const actors = {
      operator: await ensurePerson(stack, context, 'operator'),
      supplier: await ensurePerson(stack, context, 'supplier'),
      customer: await ensurePerson(stack, context, 'customer'),
    };
    await grantCredit(context, actors.operator, {
      organizationId: actors.customer.organizationId,
      amountMicroUsd: creditMicroUsd,
      reference: 'demo',
      description: 'Credit to try Muster with',
    });
    await ensurePool(stack, context, actors.operator, country);
    const demo = {
      url,
      operator: await loginOf(stack, context, 'operator', actors.operator),
      supplier: await loginOf(stack, context, 'supplier', actors.supplier),
      customer: await loginOf(stack, context, 'customer', actors.customer),
    };
    writePrivate(join(stack.home, 'demo.json'), `${JSON.stringify(demo, null, 2)}\n`);
    for (const person of Object.keys(people) as PersonName[]) {
      writePrivate(profilePath(stack, person), `${JSON.stringify({ url, apiKey: demo[person].apiKey }, null, 2)}\n`);
    }
    return demo;
  } finally {
    await db.destroy();
  }
}

/** A profile as `muster login` writes it, so that a reader can act as this person: `MUSTER_PROFILE=<path> ./muster …`. */
export function profilePath(stack: Stack, person: PersonName): string {
  return join(stack.home, 'profiles', `${person}.json`);
}

function credentials(stack: Stack, person: PersonName): { email: string; password: string } {
  return { email: `${person}@muster.example`, password: secret(stack, `demo-${person}`, 12) };
}

async function ensurePerson(stack: Stack, context: Context, person: PersonName): Promise<Actor> {
  const login = credentials(stack, person);
  const create = person === 'operator' ? createOperatorOrganization : signUp;
  await create(context, { ...login, ...people[person] }).catch((error) => {
    if (!isDomainError(error, 'already_exists')) throw error;
  });
  const { id } = await verifyPassword(context, login);
  const { session, actor } = await openSession(context, { personId: id, ip: '127.0.0.1', userAgent: 'muster demo' });
  await revokeSession(context, actor, session.id);
  return actor;
}

/** The login with the API key of last time when it still works, else with a new one. */
async function loginOf(stack: Stack, context: Context, person: PersonName, actor: Actor): Promise<Login> {
  const file = join(stack.home, 'demo.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Demo)[person].apiKey : undefined;
  if (known && (await authenticateApiKey(context, { hash: hashApiKey(known) }))) {
    return { ...credentials(stack, person), apiKey: known };
  }
  const { key } = await createApiKey(context, actor, { name: 'demo', scopes: [...actor.scopes] });
  return { ...credentials(stack, person), apiKey: key };
}

async function ensurePool(stack: Stack, context: Context, operator: Actor, country: string): Promise<void> {
  const pools = await listPools(context, operator);
  if (pools.some((pool) => pool.name === 'local' && pool.state === 'active')) return;
  const kubeconfig = await writeKubeconfig(stack, 'pool', {
    commonName: 'muster-pool',
    organization: 'system:masters',
  });
  const { secrets } = await ensureKeys(stack);
  await attachPool(context, operator, Buffer.from(secrets, 'base64'), {
    name: 'local',
    country,
    kind: 'community',
    kubeconfig: readFileSync(kubeconfig, 'utf8'),
  });
}
