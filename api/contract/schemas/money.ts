/** Balance, ledger, invoices, earnings. */
import { accountKinds } from '@muster/common';
import { z } from 'zod';
import {
  ClusterId,
  Currency,
  Day,
  Instant,
  InvoiceId,
  LeaseId,
  listAnswer,
  MicroUsd,
  OrganizationId,
  pageOf,
  WorkerId,
} from './primitives.ts';

export const Balance = z
  .object({
    currency: Currency,
    balanceMicroUsd: MicroUsd.describe('What can be spent.'),
    heldMicroUsd: MicroUsd.describe('Set aside for clusters that live.'),
    burnMicroUsdPerHour: MicroUsd.describe('What the live clusters cost together.'),
    lastsUntil: Instant.nullable().describe('When it will be gone at this rate; null when nothing burns it.'),
  })
  .meta({ id: 'Balance' });

export const Hold = z
  .object({
    id: z.string(),
    clusterId: ClusterId,
    currency: Currency,
    heldMicroUsd: MicroUsd.describe('What is set aside now.'),
    reserveMicroUsd: MicroUsd.describe('What is to be set aside: an hour of the cluster.'),
    createdAt: Instant,
  })
  .meta({ id: 'Hold', description: 'Money set aside for a live cluster.' });
export const HoldList = listAnswer('HoldList', Hold);

export const Spending = listAnswer(
  'Spending',
  z.object({
    at: Instant.describe('Where the bucket begins, in UTC.'),
    clusterId: ClusterId,
    currency: Currency,
    chargeMicroUsd: MicroUsd,
    deviceSeconds: z.number(),
  }),
);

export const LedgerEntry = z
  .object({
    id: z.string(),
    transactionId: z.string(),
    kind: z.string().describe('What the transaction is: `hold`, `window`, `credit`, …'),
    description: z.string(),
    account: z.enum(accountKinds),
    organizationId: OrganizationId.nullable().describe("Whose account it is; null is the platform's own."),
    amountMicroUsd: MicroUsd.describe('Positive raises the account.'),
    currency: Currency,
    clusterId: ClusterId.nullable(),
    at: Instant,
  })
  .meta({ id: 'LedgerEntry' });
export const LedgerPage = pageOf('LedgerPage', LedgerEntry);

const invoiceShape = {
  id: InvoiceId,
  number: z.string(),
  clusterId: ClusterId,
  currency: Currency,
  totalMicroUsd: MicroUsd,
  issuedAt: Instant,
};
export const Invoice = z.object(invoiceShape).meta({ id: 'Invoice' });
export const InvoicePage = pageOf('InvoicePage', Invoice);

export const InvoiceLine = z
  .object({
    windowId: z.string(),
    leaseId: LeaseId,
    workerId: WorkerId,
    from: Instant,
    to: Instant,
    devices: z.number().int(),
    priceMicroUsdPerDeviceHour: MicroUsd,
    chargeMicroUsd: MicroUsd.describe(
      'price × devices × milliseconds ÷ 3600000, rounded half away from zero, of all charged time of the lease up to `to`, less the same up to `from`.',
    ),
    freeBecause: z.string().nullable(),
  })
  .meta({ id: 'InvoiceLine', description: 'One usage window: from these, anyone can derive the bill again.' });
export const InvoiceWithLines = z
  .object({ ...invoiceShape, lines: z.array(InvoiceLine) })
  .meta({ id: 'InvoiceWithLines' });

export const Earning = z
  .object({
    day: Day,
    workerId: WorkerId,
    currency: Currency,
    deviceSeconds: z.number().int(),
    earningMicroUsd: MicroUsd,
  })
  .meta({ id: 'Earning' });
export const Earnings = z
  .object({
    items: z.array(Earning),
    totalMicroUsd: MicroUsd.describe('In money: what simulated workers earned is not part of it.'),
  })
  .meta({ id: 'Earnings' });
