/** How a community worker joins: a token that works once, a certificate request, and a worker in one transaction. */
import { createHash, randomBytes } from 'node:crypto';
import { findCountry, regionOf } from '@muster/catalogue';
import { type Actor, DomainError, dayMs, kubernetesName } from '@muster/common';
import type { Context, EnrolmentTokenTable, Selectable } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { z } from 'zod';
import { type Authority, issueWorkerCertificate } from './authority.ts';
import { eventOf, lockWorker, position } from './change.ts';
import { identifyDevices, replaceDevices } from './devices.ts';
import { factsSchema } from './facts.ts';
import { communityPool } from './pools.ts';
import type { WorkersContext } from './worker.ts';

const tokenLifetimeMs = dayMs;

export interface EnrolmentToken {
  id: string;
  poolId: string;
  name: string | null;
  country: string;
  floorMicroUsdPerHour: bigint;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  workerId: string | null;
}

/**
 * Makes a token with which one machine can join the actor's organization within 24 hours.
 *
 * @returns the token in clear: it is shown once and kept only as a hash
 * @throws DomainError `invalid_request` for an unknown country, `not_found` for an unknown pool
 */
export async function createEnrolmentToken(
  context: Context,
  actor: Actor,
  input: {
    name?: string | undefined;
    country: string;
    floorMicroUsdPerHour?: bigint | undefined;
    poolId?: string | undefined;
  },
): Promise<EnrolmentToken & { token: string }> {
  if (!findCountry(input.country)) throw new DomainError('invalid_request', `There is no country ${input.country}.`);
  const pool = await communityPool(context.db, input.poolId);
  const token = `mse_${randomBytes(24).toString('base64url')}`;
  const now = context.clock.now();
  const row = await context.db
    .insertInto('enrolment_token')
    .values({
      id: context.ids.next('enrolmentToken'),
      organization_id: actor.organizationId,
      pool_id: pool.id,
      hash: hashOf(token),
      name: input.name ?? null,
      country: input.country,
      floor_micro_usd_per_hour: input.floorMicroUsdPerHour ?? 0n,
      created_by: actor.id,
      created_at: now,
      expires_at: new Date(now.getTime() + tokenLifetimeMs),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...toToken(row), token };
}

/** The tokens of the actor's organization, newest first. */
export async function listEnrolmentTokens(
  { db }: Context,
  actor: Actor,
  page: PageRequest,
): Promise<Page<EnrolmentToken>> {
  let query = db.selectFrom('enrolment_token').selectAll().where('organization_id', '=', actor.organizationId);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toToken);
}

/** A token of the actor's organization: whether it was used, and by which worker. @throws DomainError `not_found` */
export async function getEnrolmentToken({ db }: Context, actor: Actor, id: string): Promise<EnrolmentToken> {
  const row = await db
    .selectFrom('enrolment_token')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', actor.organizationId)
    .executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'There is no such token.');
  return toToken(row);
}

/** Takes an unused token back. @throws DomainError `not_found`; `conflict` for one that was used: that worker has joined */
export async function revokeEnrolmentToken(context: Context, actor: Actor, id: string): Promise<void> {
  const { numDeletedRows } = await context.db
    .deleteFrom('enrolment_token')
    .where('id', '=', id)
    .where('organization_id', '=', actor.organizationId)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  if (numDeletedRows > 0n) return;
  const { workerId } = await getEnrolmentToken(context, actor, id);
  throw new DomainError('conflict', `The token has been used already, by ${workerId}.`);
}

/** What a machine sends to join. */
export const enrolmentSchema = z.object({
  token: z.string().max(100),
  /** PKCS #10 in PEM. */
  csr: z.string().max(10_000),
  facts: factsSchema,
});

/** What the platform needs to admit machines. */
export interface Platform {
  authority: Authority;
  /** Where agents connect, with mutual TLS: `wss://…/private/v1/agent/connect`. */
  connectUrl: string;
}

export interface Enrolled {
  workerId: string;
  certificate: string;
  caCertificate: string;
  connectUrl: string;
}

/**
 * Admits a machine: uses up its token, and makes the worker with its devices and certificate, all in one transaction.
 *
 * @throws DomainError `unauthenticated` for an unknown token, `expired` for one that is too old or used,
 *   `invalid_request` for a certificate request that is malformed, weak or not signed by its own key
 */
export async function enrol(
  context: WorkersContext,
  { authority, connectUrl }: Platform,
  { token, csr, facts }: z.output<typeof enrolmentSchema>,
): Promise<Enrolled> {
  const now = context.clock.now();
  const hash = hashOf(token);
  const found = await context.db.selectFrom('enrolment_token').selectAll().where('hash', '=', hash).executeTakeFirst();
  if (!found) throw new DomainError('unauthenticated', 'There is no such enrolment token.');
  refuseSpent(found, now);
  const workerId = context.ids.next('worker');
  const certificate = await issueWorkerCertificate(authority, workerId, csr, now);

  await context.db.transaction().execute(async (trx) => {
    // The lock lets one of many through; the others find it used.
    const locked = await trx
      .selectFrom('enrolment_token')
      .selectAll()
      .where('hash', '=', hash)
      .forUpdate()
      .executeTakeFirst();
    if (!locked) throw new DomainError('unauthenticated', 'There is no such enrolment token.');
    refuseSpent(locked, now);
    const devices = await identifyDevices(trx, context, facts);
    const draft = await trx
      .insertInto('worker')
      .values({
        id: workerId,
        organization_id: locked.organization_id,
        pool_id: locked.pool_id,
        name: locked.name ?? facts.hostname,
        node_name: kubernetesName(workerId),
        origin: 'community',
        status: 'down',
        readiness: 'registered',
        model_id: devices.modelId,
        device_count: devices.devices.length,
        country: locked.country,
        region: regionOf(locked.country),
        facts: JSON.stringify(facts),
        floor_micro_usd_per_hour: locked.floor_micro_usd_per_hour,
        certificate_serial: certificate.serial,
        created_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const worker = await trx
      .updateTable('worker')
      .set(position(context, draft, false))
      .where('id', '=', workerId)
      .returningAll()
      .executeTakeFirstOrThrow();
    await replaceDevices(trx, context, workerId, devices);
    await trx
      .updateTable('enrolment_token')
      .set({ used_at: now, worker_id: workerId })
      .where('id', '=', locked.id)
      .execute();
    const reason = `${worker.name} joined with the token ${locked.id}.`;
    const event = eventOf(worker, 'enrolled', { actorId: locked.created_by, reason });
    // Whoever made the token waits to hear that it was used.
    await appendEvent(trx, context, { ...event, body: { ...event.body, tokenId: locked.id } });
  });
  return { workerId, certificate: certificate.certificatePem, caCertificate: authority.certificatePem, connectUrl };
}

function refuseSpent(row: Selectable<EnrolmentTokenTable>, now: Date): void {
  const fix = 'Make a new one in the worker portal or with `muster worker token`.';
  if (row.used_at) throw new DomainError('expired', 'The enrolment token has been used already.', { fix });
  if (row.expires_at <= now) throw new DomainError('expired', 'The enrolment token has expired.', { fix });
}

/**
 * A new certificate for a worker, before its present one ends. The present one stays good until the new one is used, so
 * that an answer that is lost locks nobody out.
 *
 * @throws DomainError `invalid_request` for a bad certificate request, `not_found` when the actor is no worker
 */
export async function renewCertificate(
  context: Context,
  authority: Authority,
  actor: Actor,
  csr: string,
): Promise<{ certificate: string; caCertificate: string }> {
  const issued = await issueWorkerCertificate(authority, actor.id, csr, context.clock.now());
  await context.db.transaction().execute(async (trx) => {
    const worker = await lockWorker(trx, actor.id);
    if (!worker) throw new DomainError('not_found', 'There is no such worker.');
    await trx
      .updateTable('worker')
      .set({ next_certificate_serial: issued.serial })
      .where('id', '=', worker.id)
      .execute();
  });
  return { certificate: issued.certificatePem, caCertificate: authority.certificatePem };
}

/**
 * The worker that a verified client certificate is for. TLS has checked the signature and the validity.
 *
 * @param certificate subject's common name and the serial number in hex, as TLS gives them
 * @throws DomainError `unauthenticated` when the certificate was replaced, or was never given to this worker
 */
export async function authenticateWorker(
  { db }: Context,
  certificate: { commonName: string; serial: string },
): Promise<Actor> {
  const serial = certificate.serial.toLowerCase();
  const row = await db
    .selectFrom('worker')
    .select(['id', 'organization_id', 'certificate_serial', 'next_certificate_serial'])
    .where('id', '=', certificate.commonName)
    .executeTakeFirst();
  if (!row || (row.certificate_serial !== serial && row.next_certificate_serial !== serial)) {
    throw new DomainError('unauthenticated', 'The certificate is not one of a worker.', {
      fix: 'Enrol the machine again with a new token.',
    });
  }
  if (row.next_certificate_serial === serial) {
    await db
      .updateTable('worker')
      .set({ certificate_serial: serial, next_certificate_serial: null })
      .where('id', '=', row.id)
      .where('next_certificate_serial', '=', serial)
      .execute();
  }
  return { id: row.id, kind: 'worker', organizationId: row.organization_id, scopes: new Set(['agent:connect']) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function toToken(row: Selectable<EnrolmentTokenTable>): EnrolmentToken {
  return {
    id: row.id,
    poolId: row.pool_id,
    name: row.name,
    country: row.country,
    floorMicroUsdPerHour: row.floor_micro_usd_per_hour,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    workerId: row.worker_id,
  };
}
