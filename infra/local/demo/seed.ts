/** The people of the demo beside the operator: a supplier, and a customer with credit; and how to act as each of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grantCredit } from '@muster/billing';
import type { Actor } from '@muster/common';
import { authenticateApiKey, createApiKey, hashApiKey } from '@muster/customers';
import type { Context } from '@muster/db';
import { credentials, ensurePerson, type PersonName, people, withContext } from '../install.ts';
import { type Stack, writePrivate } from '../stack.ts';

export interface Login {
  email: string;
  password: string;
  apiKey: string;
}

/** What `.muster/demo.json` holds. */
export type Demo = { url: string } & Record<PersonName, Login>;

const creditMicroUsd = 250_000_000n;

/** Makes who is missing and keeps who is there; answers the logins, which are also in `.muster/demo.json`. */
export async function seed(stack: Stack, url: string): Promise<Demo> {
  const demo = await withContext(stack, async (context) => {
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
    return {
      url,
      operator: await loginOf(stack, context, 'operator', actors.operator),
      supplier: await loginOf(stack, context, 'supplier', actors.supplier),
      customer: await loginOf(stack, context, 'customer', actors.customer),
    };
  });
  writePrivate(join(stack.home, 'demo.json'), `${JSON.stringify(demo, null, 2)}\n`);
  for (const person of Object.keys(people) as PersonName[]) {
    writePrivate(profilePath(stack, person), `${JSON.stringify({ url, apiKey: demo[person].apiKey }, null, 2)}\n`);
  }
  return demo;
}

/** A profile as `muster login` writes it, so that a reader can act as this person: `MUSTER_PROFILE=<path> ./muster …`. */
export function profilePath(stack: Stack, person: PersonName): string {
  return join(stack.home, 'profiles', `${person}.json`);
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
