/** Organizations: the tenants. */
import { type Actor, DomainError } from '@muster/common';
import type { Context, Database, Kysely, OrganizationTable, Selectable, Transaction } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';

export interface Organization {
  id: string;
  name: string;
  /** Whether it is the operating organization. */
  operator: boolean;
  /** The most devices that it may lease at once; null is no limit. */
  deviceQuota: number | null;
  createdAt: Date;
}

/** @throws DomainError `not_found` */
export async function getOrganization({ db }: Context, actor: Actor): Promise<Organization> {
  return toOrganization(await read(db, actor.organizationId));
}

/** @throws DomainError `not_found` */
export async function updateOrganization(
  context: Context,
  actor: Actor,
  { name }: { name: string },
): Promise<Organization> {
  return change(context, actor, actor.organizationId, { name }, 'renamed', `renamed to ${name}`);
}

/** For operators: every organization, newest first. */
export async function adminListOrganizations(
  { db }: Context,
  _actor: Actor,
  page: PageRequest,
): Promise<Page<Organization>> {
  let query = db.selectFrom('organization').selectAll();
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toOrganization);
}

/** For operators. @throws DomainError `not_found` */
export async function setDeviceQuota(
  context: Context,
  actor: Actor,
  { organizationId, deviceQuota }: { organizationId: string; deviceQuota: number | null },
): Promise<Organization> {
  const limit = deviceQuota === null ? 'no limit' : `${deviceQuota} devices`;
  return change(context, actor, organizationId, { device_quota: deviceQuota }, 'quota_set', `quota set to ${limit}`);
}

/** The most devices that an organization may lease at once; null is no limit. @throws DomainError `not_found` */
export async function deviceQuotaOf(
  db: Kysely<Database> | Transaction<Database>,
  organizationId: string,
): Promise<number | null> {
  return (await read(db, organizationId)).device_quota;
}

async function change(
  context: Context,
  actor: Actor,
  id: string,
  values: { name: string } | { device_quota: number | null },
  type: string,
  reason: string,
): Promise<Organization> {
  return context.db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('organization')
      .set(values)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw unknown();
    await appendEvent(trx, context, {
      organizationId: id,
      subject: { kind: 'organization', id },
      type,
      actorId: actor.id,
      reason,
    });
    return toOrganization(row);
  });
}

async function read(db: Kysely<Database>, id: string): Promise<Selectable<OrganizationTable>> {
  const row = await db.selectFrom('organization').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw unknown();
  return row;
}

const unknown = () => new DomainError('not_found', 'There is no such organization.');

export function toOrganization(row: Selectable<OrganizationTable>): Organization {
  return {
    id: row.id,
    name: row.name,
    operator: row.operator,
    deviceQuota: row.device_quota,
    createdAt: row.created_at,
  };
}
