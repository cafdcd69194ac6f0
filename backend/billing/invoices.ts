/** Invoices: what a cluster cost, with the usage windows that it follows from. */
import { type Actor, DomainError, formatMicro } from '@muster/common';
import type { Context, Database, InvoiceTable, Selectable, Transaction } from '@muster/db';
import { sql } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { type LeaseUsage, usageOf, windowsOf } from '@muster/metering';

export interface Invoice {
  id: string;
  number: string;
  clusterId: string;
  currency: 'USD' | 'SIM';
  totalMicroUsd: bigint;
  issuedAt: Date;
}

/** One usage window of the bill. */
export interface InvoiceLine {
  windowId: string;
  leaseId: string;
  workerId: string;
  from: Date;
  to: Date;
  devices: number;
  priceMicroUsdPerDeviceHour: bigint;
  chargeMicroUsd: bigint;
  freeBecause: string | null;
}

export interface InvoiceWithLines extends Invoice {
  lines: InvoiceLine[];
}

/**
 * Writes the bill of a cluster, after its meters are closed, in the transaction that ends it. A second call changes nothing.
 *
 * @returns undefined for a cluster that never ran: nothing is billed
 */
export async function issueInvoice(
  trx: Transaction<Database>,
  context: Context,
  clusterId: string,
  actorId = 'system:billing',
): Promise<Invoice | undefined> {
  const usage = await usageOf(trx, clusterId);
  const [first] = usage;
  if (!first) return undefined;
  const existing = await trx.selectFrom('invoice').selectAll().where('cluster_id', '=', clusterId).executeTakeFirst();
  if (existing) return toInvoice(existing);
  const at = context.clock.now();
  const row = await trx
    .insertInto('invoice')
    .values({
      id: context.ids.next('invoice'),
      number: sql<string>`${`${at.getUTCFullYear()}-`} || lpad(nextval('invoice_number')::text, 6, '0')`,
      organization_id: first.organizationId,
      cluster_id: clusterId,
      currency: first.currency,
      total: usage.reduce((total, line) => total + line.charge, 0n),
      issued_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await appendEvent(trx, context, {
    organizationId: first.organizationId,
    subject: { kind: 'invoice', id: row.id },
    type: 'issued',
    actorId,
    reason: `Invoice ${row.number} over ${formatMicro(row.total)} ${row.currency} for ${clusterId}.`,
    body: { clusterId, number: row.number, totalMicroUsd: row.total.toString(), currency: row.currency },
  });
  return toInvoice(row);
}

/** The invoices of the actor's organization, newest first. */
export async function listInvoices(
  context: Context,
  actor: Actor,
  page: PageRequest & { clusterId?: string | undefined },
): Promise<Page<Invoice>> {
  let query = context.db.selectFrom('invoice').selectAll().where('organization_id', '=', actor.organizationId);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  if (page.clusterId) query = query.where('cluster_id', '=', page.clusterId);
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toInvoice);
}

/** @throws DomainError `not_found`, also for another organization's invoice (invariant 8) */
export async function getInvoice(context: Context, actor: Actor, invoiceId: string): Promise<InvoiceWithLines> {
  const row = await own(context, actor, invoiceId);
  const lines: InvoiceLine[] = [];
  for await (const batch of linesOf(context, row.cluster_id)) lines.push(...batch);
  return { ...toInvoice(row), lines };
}

/**
 * An invoice's lines as CSV (RFC 4180), a chunk at a time.
 *
 * @throws DomainError `not_found`, before the first chunk
 */
export async function invoiceLinesCsv(
  context: Context,
  actor: Actor,
  invoiceId: string,
): Promise<AsyncIterable<string>> {
  const row = await own(context, actor, invoiceId);
  return csv(context, row);
}

async function* csv(context: Context, invoice: Selectable<InvoiceTable>): AsyncGenerator<string, void> {
  yield 'invoice,window,lease,worker,from,to,devices,price_micro_usd_per_device_hour,charge_micro_usd,currency,free_because\r\n';
  for await (const batch of linesOf(context, invoice.cluster_id))
    yield batch
      .map((line) =>
        [
          invoice.number,
          line.windowId,
          line.leaseId,
          line.workerId,
          line.from.toISOString(),
          line.to.toISOString(),
          line.devices,
          line.priceMicroUsdPerDeviceHour,
          line.chargeMicroUsd,
          invoice.currency,
          line.freeBecause === null ? '' : `"${line.freeBecause.replaceAll('"', '""')}"`,
        ].join(','),
      )
      .join('\r\n')
      .concat('\r\n');
}

async function* linesOf(context: Context, clusterId: string): AsyncGenerator<InvoiceLine[], void> {
  const leases = new Map<string, LeaseUsage>();
  for (const usage of await usageOf(context.db, clusterId)) leases.set(usage.leaseId, usage);
  for await (const batch of windowsOf(context.db, clusterId))
    yield batch.map((window) => {
      const lease = leases.get(window.leaseId)!;
      return {
        windowId: window.id,
        leaseId: window.leaseId,
        workerId: lease.workerId,
        from: window.from,
        to: window.to,
        devices: lease.devices,
        priceMicroUsdPerDeviceHour: lease.priceMicroUsdPerDeviceHour,
        chargeMicroUsd: window.charge,
        freeBecause: window.freeBecause,
      };
    });
}

async function own(context: Context, actor: Actor, invoiceId: string): Promise<Selectable<InvoiceTable>> {
  const row = await context.db
    .selectFrom('invoice')
    .selectAll()
    .where('id', '=', invoiceId)
    .where('organization_id', '=', actor.organizationId)
    .executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'There is no such invoice.');
  return row;
}

function toInvoice(row: Selectable<InvoiceTable>): Invoice {
  return {
    id: row.id,
    number: row.number,
    clusterId: row.cluster_id,
    currency: row.currency,
    totalMicroUsd: row.total,
    issuedAt: row.issued_at,
  };
}
