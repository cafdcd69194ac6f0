/** People: signing up, proving who one is, and who one is now. */
import { type Actor, DomainError, type Role, type Scope } from '@muster/common';
import { type Context, type Database, type Kysely, type PersonTable, type Selectable, violates } from '@muster/db';
import { appendEvent } from '@muster/events';
import { getOrganization, type Organization, toOrganization } from './organizations.ts';
import { hashPassword, matchesPassword } from './passwords.ts';

export interface Person {
  id: string;
  email: string;
  name: string;
  createdAt: Date;
}

export interface SignUp {
  email: string;
  password: string;
  /** The person's. */
  name: string;
  organizationName: string;
}

/**
 * A new person with an organization of its own, whose owner it is.
 *
 * @throws DomainError `already_exists` when somebody has the email, `invalid_request` for a password too short or too long
 */
export async function signUp(context: Context, input: SignUp): Promise<{ person: Person; organization: Organization }> {
  return createOwner(context, input, false);
}

/** The operating organization with its first owner, for the seed of an installation. Throws as `signUp` does. */
export async function createOperatorOrganization(
  context: Context,
  input: SignUp,
): Promise<{ person: Person; organization: Organization }> {
  return createOwner(context, input, true);
}

async function createOwner(
  context: Context,
  input: SignUp,
  operator: boolean,
): Promise<{ person: Person; organization: Organization }> {
  const { db, clock, ids } = context;
  const passwordHash = await hashPassword(input.password);
  const created_at = clock.now();
  try {
    return await db.transaction().execute(async (trx) => {
      const organization = await trx
        .insertInto('organization')
        .values({
          id: ids.next('organization'),
          name: input.organizationName,
          operator,
          device_quota: null,
          created_at,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const person = await trx
        .insertInto('person')
        .values({
          id: ids.next('person'),
          email: input.email.trim(),
          name: input.name,
          password_hash: passwordHash,
          created_at,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await trx
        .insertInto('membership')
        .values({ organization_id: organization.id, person_id: person.id, role: 'owner', created_at })
        .execute();
      await appendEvent(trx, context, {
        organizationId: organization.id,
        subject: { kind: 'organization', id: organization.id },
        type: 'created',
        actorId: person.id,
        reason: `${input.organizationName} was signed up`,
      });
      return { person: toPerson(person), organization: toOrganization(organization) };
    });
  } catch (error) {
    if (!violates(error, 'person_email')) throw error;
    throw new DomainError('already_exists', 'Somebody has signed up with this email.', { fix: 'Log in with it.' });
  }
}

/**
 * Whoever has this email and password. It takes as long when nobody has the email.
 *
 * @throws DomainError `unauthenticated`, without saying which of the two is wrong
 */
export async function verifyPassword(
  { db }: Context,
  { email, password }: { email: string; password: string },
): Promise<Person> {
  const row = await personByEmail(db, email);
  if (!(await matchesPassword(row?.password_hash, password)) || !row) {
    throw new DomainError('unauthenticated', 'The email or the password is wrong.');
  }
  return toPerson(row);
}

export interface Me {
  actorId: string;
  kind: Actor['kind'];
  /** Who acts, or who made the API key that acts; null for workers. */
  person: Person | null;
  organization: Organization;
  scopes: Scope[];
  /** Every organization that the person belongs to, the first joined first. */
  organizations: { id: string; name: string; role: Role }[];
}

/** Who the actor is. @throws DomainError `not_found` for one that belongs to no organization, such as a visitor */
export async function me(context: Context, actor: Actor): Promise<Me> {
  const { db } = context;
  const personId = await personIdOf(db, actor);
  const person =
    personId === undefined
      ? undefined
      : await db.selectFrom('person').selectAll().where('id', '=', personId).executeTakeFirst();
  return {
    actorId: actor.id,
    kind: actor.kind,
    person: person ? toPerson(person) : null,
    organization: await getOrganization(context, actor),
    scopes: [...actor.scopes],
    organizations: person ? await membershipsOf(db, person.id) : [],
  };
}

async function membershipsOf(db: Kysely<Database>, personId: string): Promise<Me['organizations']> {
  return db
    .selectFrom('membership')
    .innerJoin('organization', 'organization.id', 'membership.organization_id')
    .where('person_id', '=', personId)
    .orderBy('membership.created_at')
    .orderBy('organization.id')
    .select(['organization.id', 'organization.name', 'membership.role'])
    .execute();
}

/** The person that acts, or that made the API key that acts; undefined for workers and for Muster itself. */
export async function personIdOf(db: Kysely<Database>, actor: Actor): Promise<string | undefined> {
  if (actor.kind === 'person') return actor.id;
  if (actor.kind !== 'api_key') return undefined;
  const key = await db.selectFrom('api_key').select('person_id').where('id', '=', actor.id).executeTakeFirst();
  return key?.person_id;
}

export async function personByEmail(db: Kysely<Database>, email: string): Promise<Selectable<PersonTable> | undefined> {
  return db
    .selectFrom('person')
    .selectAll()
    .where((eb) => eb(eb.fn('lower', ['email']), '=', email.trim().toLowerCase()))
    .executeTakeFirst();
}

function toPerson(row: Selectable<PersonTable>): Person {
  return { id: row.id, email: row.email, name: row.name, createdAt: row.created_at };
}
