/** Reading clusters: one's own, and all of them for operators. */
import { type Lease, leasesOfCluster } from '@muster/assembly';
import { type Actor, type ClusterState, DomainError } from '@muster/common';
import { type Context, type Database, type Kysely, sql } from '@muster/db';
import { decodeCursor, type Event, type Page, type PageRequest, pageOf, timeline } from '@muster/events';
import { type Cluster, type ClusterRow, toCluster } from './row.ts';

/** @throws DomainError `not_found`, also for another organization's cluster (invariant 8) */
export async function getCluster({ db }: Context, actor: Actor, id: string): Promise<Cluster> {
  return toCluster(await own(db, actor, id));
}

export interface ClusterFilter {
  state?: ClusterState[] | undefined;
  /** Only those that have not ended. */
  live?: boolean | undefined;
}

/** One's own clusters, newest first. */
export async function listClusters(
  { db }: Context,
  actor: Actor,
  page: PageRequest & ClusterFilter,
): Promise<Page<Cluster>> {
  return list(db, { ...page, organizationId: actor.organizationId });
}

/** For operators: everybody's clusters, newest first. */
export async function adminListClusters(
  { db }: Context,
  page: PageRequest & ClusterFilter & { organizationId?: string | undefined },
): Promise<Page<Cluster>> {
  return list(db, page);
}

/** How many clusters of an organization have not ended. */
export async function countLiveClusters(db: Kysely<Database>, organizationId: string): Promise<number> {
  const { clusters } = await db
    .selectFrom('cluster')
    .where('organization_id', '=', organizationId)
    .where('ended_at', 'is', null)
    .select(({ fn }) => fn.countAll<bigint>().as('clusters'))
    .executeTakeFirstOrThrow();
  return Number(clusters);
}

/** For operators. @throws DomainError `not_found` */
export async function adminGetCluster({ db }: Context, id: string): Promise<Cluster> {
  const row = await db.selectFrom('cluster').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw unknown();
  return toCluster(row);
}

/** What happened to one's own cluster, oldest first. @throws DomainError `not_found` */
export async function clusterTimeline(
  { db }: Context,
  actor: Actor,
  id: string,
  page: PageRequest,
): Promise<Page<Event>> {
  await own(db, actor, id);
  return timeline(db, { kind: 'cluster', id }, page);
}

/** Every lease that one's own cluster has or had, oldest first. @throws DomainError `not_found` */
export async function listClusterLeases({ db }: Context, actor: Actor, id: string): Promise<Lease[]> {
  await own(db, actor, id);
  return leasesOfCluster(db, id);
}

/** One's own cluster's row. @throws DomainError `not_found` */
export async function own(db: Kysely<Database>, actor: Actor, id: string): Promise<ClusterRow> {
  const row = await db
    .selectFrom('cluster')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', actor.organizationId)
    .executeTakeFirst();
  if (!row) throw unknown();
  return row;
}

/** When these clusters end, as far as they have an end. */
export async function endsAtOf(db: Kysely<Database>, clusterIds: string[]): Promise<Map<string, Date>> {
  const rows = await db
    .selectFrom('cluster')
    .select(['id', 'ends_at'])
    .where('id', '=', sql<string>`any(${clusterIds})`)
    .where('ends_at', 'is not', null)
    .execute();
  return new Map(rows.map((row) => [row.id, row.ends_at!]));
}

export function unknown(): DomainError {
  return new DomainError('not_found', 'There is no such cluster.');
}

async function list(
  db: Kysely<Database>,
  page: PageRequest & ClusterFilter & { organizationId?: string | undefined },
): Promise<Page<Cluster>> {
  let query = db.selectFrom('cluster').selectAll();
  if (page.organizationId !== undefined) query = query.where('organization_id', '=', page.organizationId);
  if (page.state) query = query.where('state', 'in', page.state);
  if (page.live) query = query.where('ended_at', 'is', null);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toCluster);
}
