/** Members of an organization and their roles. */
import { type Actor, DomainError, type Role } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { personByEmail, personIdOf } from './people.ts';
import { scopesOf } from './roles.ts';

export interface Member {
  personId: string;
  email: string;
  name: string;
  role: Role;
  createdAt: Date;
}

export async function listMembers({ db }: Context, actor: Actor, page: PageRequest): Promise<Page<Member>> {
  let query = members(db, actor.organizationId);
  if (page.cursor) query = query.where('person_id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('person_id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(
    rows,
    page.limit,
    (row) => row.personId,
    (row) => row,
  );
}

/**
 * Adds someone who has signed up.
 *
 * @throws DomainError `not_found` when nobody has the email, `already_exists` for a member, `forbidden` when a
 *   non-owner makes an owner, or an API key someone who may more than itself
 */
export async function addMember(
  context: Context,
  actor: Actor,
  { email, role }: { email: string; role: Role },
): Promise<Member> {
  return change(context, actor, async (trx, actsAs, operator) => {
    if (role === 'owner' && actsAs !== 'owner') throw ownersOnly();
    refuseBeyond(actor, role, operator);
    const person = await personByEmail(trx, email);
    if (!person) {
      throw new DomainError('not_found', 'Nobody has signed up with this email.', {
        fix: 'Ask them to sign up first, then add them.',
      });
    }
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('membership')
      .values({
        organization_id: actor.organizationId,
        person_id: person.id,
        role,
        created_at: context.clock.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (!numInsertedOrUpdatedRows) throw new DomainError('already_exists', 'This person is a member already.');
    await append(trx, context, actor, person.id, 'member_added', `added as ${role}`);
    return memberOf(trx, actor, person.id);
  });
}

/**
 * @throws DomainError `not_found`, `forbidden` when a non-owner touches an owner or an API key gives more than it has,
 *   `conflict` for the last owner
 */
export async function setRole(
  context: Context,
  actor: Actor,
  { personId, role }: { personId: string; role: Role },
): Promise<Member> {
  return change(context, actor, async (trx, actsAs, operator) => {
    const member = await memberOf(trx, actor, personId);
    if ((role === 'owner' || member.role === 'owner') && actsAs !== 'owner') throw ownersOnly();
    refuseBeyond(actor, role, operator);
    if (role !== 'owner') await keepAnOwner(trx, actor, member);
    await trx
      .updateTable('membership')
      .set({ role })
      .where('organization_id', '=', actor.organizationId)
      .where('person_id', '=', personId)
      .execute();
    await append(trx, context, actor, personId, 'member_role_set', `made ${role}`);
    return { ...member, role };
  });
}

/**
 * Removes a member, with its sessions and API keys of this organization.
 *
 * @throws DomainError `not_found`, `forbidden` when a non-owner removes an owner, `conflict` for the last owner
 */
export async function removeMember(context: Context, actor: Actor, personId: string): Promise<void> {
  await change(context, actor, async (trx, actsAs) => {
    const member = await memberOf(trx, actor, personId);
    if (member.role === 'owner' && actsAs !== 'owner') throw ownersOnly();
    await keepAnOwner(trx, actor, member);
    const revoked_at = context.clock.now();
    for (const table of ['session', 'api_key'] as const) {
      await trx
        .updateTable(table)
        .set({ revoked_at })
        .where('organization_id', '=', actor.organizationId)
        .where('person_id', '=', personId)
        .where('revoked_at', 'is', null)
        .execute();
    }
    await trx
      .deleteFrom('membership')
      .where('organization_id', '=', actor.organizationId)
      .where('person_id', '=', personId)
      .execute();
    await append(trx, context, actor, personId, 'member_removed', 'removed');
  });
}

/** Changes of one organization's members come one after the other, so that two of them cannot leave it without an owner. */
async function change<T>(
  { db }: Context,
  actor: Actor,
  work: (trx: Transaction<Database>, actsAs: Role | undefined, operator: boolean) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const organization = await trx
      .selectFrom('organization')
      .select('operator')
      .where('id', '=', actor.organizationId)
      .forUpdate()
      .executeTakeFirst();
    const personId = await personIdOf(trx, actor);
    const own = await trx
      .selectFrom('membership')
      .select('role')
      .where('organization_id', '=', actor.organizationId)
      .where('person_id', '=', personId ?? '')
      .executeTakeFirst();
    return work(trx, own?.role, organization?.operator ?? false);
  });
}

async function keepAnOwner(trx: Transaction<Database>, actor: Actor, member: Member): Promise<void> {
  if (member.role !== 'owner') return;
  const others = await members(trx, actor.organizationId)
    .where('role', '=', 'owner')
    .where('person_id', '<>', member.personId)
    .executeTakeFirst();
  if (!others) {
    throw new DomainError('conflict', 'It is the last owner of the organization.', {
      fix: 'Make another member owner first.',
    });
  }
}

async function memberOf(trx: Transaction<Database>, actor: Actor, personId: string): Promise<Member> {
  const row = await members(trx, actor.organizationId).where('person_id', '=', personId).executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'There is no such member.');
  return row;
}

function members(db: Context['db'], organizationId: string) {
  return db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .where('organization_id', '=', organizationId)
    .select(['person_id as personId', 'email', 'name', 'role', 'membership.created_at as createdAt']);
}

/** A key that made a member of more scopes than its own would be worth more than its maker meant it to be. */
function refuseBeyond(actor: Actor, role: Role, operator: boolean): void {
  if (actor.kind !== 'api_key') return;
  const beyond = [...scopesOf(role, operator)].filter((scope) => !actor.scopes.has(scope));
  if (beyond.length === 0) return;
  throw new DomainError('forbidden', `A key gives no role with scopes that it lacks: ${beyond.join(', ')}.`);
}

const ownersOnly = () => new DomainError('forbidden', 'Only an owner may do this to an owner.');

async function append(
  trx: Transaction<Database>,
  context: Context,
  actor: Actor,
  personId: string,
  type: string,
  reason: string,
): Promise<void> {
  await appendEvent(trx, context, {
    organizationId: actor.organizationId,
    subject: { kind: 'organization', id: actor.organizationId },
    type,
    actorId: actor.id,
    reason,
    body: { personId },
  });
}
