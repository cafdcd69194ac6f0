/** Compliances: attested by the operator for a worker or a whole pool, with evidence and an expiry; never self-declared. */
import { isEea } from '@muster/catalogue';
import { type Actor, type Compliance, compliances, DomainError } from '@muster/common';
import type { AttestationTable, Context, Database, Kysely, Selectable } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';

export interface Attestation {
  id: string;
  workerId: string | null;
  poolId: string | null;
  compliance: Compliance;
  evidence: string;
  attestedBy: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

export interface NewAttestation {
  workerId?: string | undefined;
  poolId?: string | undefined;
  compliance: Compliance;
  /** Where the proof lies: a report's number, a link, a contract. */
  evidence: string;
  expiresAt: Date;
}

/**
 * Attests a compliance of one worker or of every worker of a pool.
 *
 * @throws DomainError `invalid_request` when not exactly one subject is named, when it expires in the past, or for GDPR
 *   outside the European Economic Area, where data would not stay in it
 * @throws DomainError `not_found`
 */
export async function attest(context: Context, actor: Actor, input: NewAttestation): Promise<Attestation> {
  const { workerId, poolId, compliance, evidence, expiresAt } = input;
  if ((workerId === undefined) === (poolId === undefined)) {
    throw new DomainError('invalid_request', 'An attestation is of one worker or of one pool.');
  }
  const now = context.clock.now();
  if (expiresAt <= now) throw new DomainError('invalid_request', 'The attestation would have expired already.');
  return context.db.transaction().execute(async (trx) => {
    const subject = await trx
      .selectFrom(workerId ? 'worker' : 'pool')
      .select(['id', 'organization_id', 'country'])
      .where('id', '=', (workerId ?? poolId)!)
      .executeTakeFirst();
    if (!subject) throw new DomainError('not_found', `There is no such ${workerId ? 'worker' : 'pool'}.`);
    if (compliance === 'gdpr' && !isEea(subject.country)) {
      throw new DomainError(
        'invalid_request',
        `GDPR is for the European Economic Area; this is in ${subject.country}.`,
      );
    }
    const row = await trx
      .insertInto('attestation')
      .values({
        id: context.ids.next('attestation'),
        worker_id: workerId ?? null,
        pool_id: poolId ?? null,
        compliance,
        evidence,
        attested_by: actor.id,
        created_at: now,
        expires_at: expiresAt,
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await tell(trx, context, row, subject.organization_id, 'attested', actor.id);
    return toAttestation(row);
  });
}

/** Takes an attestation back at once. @throws DomainError `not_found`, also when it was revoked before */
export async function revokeAttestation(context: Context, actor: Actor, id: string): Promise<Attestation> {
  return context.db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('attestation')
      .set({ revoked_at: context.clock.now() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new DomainError('not_found', 'There is no such attestation.');
    const subject = await trx
      .selectFrom(row.worker_id ? 'worker' : 'pool')
      .select('organization_id')
      .where('id', '=', (row.worker_id ?? row.pool_id)!)
      .executeTakeFirstOrThrow();
    await tell(trx, context, row, subject.organization_id, 'attestation_revoked', actor.id);
    return toAttestation(row);
  });
}

/** Every attestation, newest first; of one worker or pool when it is named. For operators. */
export async function listAttestations(
  { db }: Context,
  page: PageRequest & { workerId?: string | undefined; poolId?: string | undefined },
): Promise<Page<Attestation>> {
  let query = db.selectFrom('attestation').selectAll();
  if (page.workerId) query = query.where('worker_id', '=', page.workerId);
  if (page.poolId) query = query.where('pool_id', '=', page.poolId);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toAttestation);
}

/** The compliances of workers at a moment: their own and their pool's, in the order of the vocabulary. */
export async function validCompliances(
  db: Kysely<Database>,
  workers: readonly { id: string; pool_id: string }[],
  at: Date,
): Promise<Map<string, Compliance[]>> {
  if (workers.length === 0) return new Map();
  const rows = await db
    .selectFrom('attestation')
    .select(['worker_id', 'pool_id', 'compliance'])
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .execute();
  const attested = new Map<string, Set<Compliance>>();
  for (const { worker_id, pool_id, compliance } of rows) {
    const subject = (worker_id ?? pool_id)!;
    const known = attested.get(subject) ?? new Set();
    attested.set(subject, known.add(compliance));
  }
  return new Map(
    workers.map(({ id, pool_id }) => [
      id,
      compliances.filter((each) => attested.get(id)?.has(each) || attested.get(pool_id)?.has(each)),
    ]),
  );
}

async function tell(
  trx: Parameters<typeof appendEvent>[0],
  context: Context,
  row: Selectable<AttestationTable>,
  organizationId: string,
  type: string,
  actorId: string,
): Promise<void> {
  await appendEvent(trx, context, {
    organizationId,
    subject: row.worker_id ? { kind: 'worker', id: row.worker_id } : { kind: 'pool', id: row.pool_id! },
    type,
    actorId,
    reason: `${row.compliance}: ${row.evidence}`,
    body: { attestationId: row.id, compliance: row.compliance, expiresAt: row.expires_at.toISOString() },
  });
}

function toAttestation(row: Selectable<AttestationTable>): Attestation {
  return {
    id: row.id,
    workerId: row.worker_id,
    poolId: row.pool_id,
    compliance: row.compliance,
    evidence: row.evidence,
    attestedBy: row.attested_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
