/** What metering needs of billing: it measures, and whoever settles moves the money. */
import type { Context, Database, Transaction } from '@muster/db';

/** The customer's side of a cluster's meters: one organization, one currency. */
export interface Payer {
  clusterId: string;
  organizationId: string;
  currency: 'USD' | 'SIM';
}

/** What some windows of one cluster cost together. */
export interface Usage extends Payer {
  /** Names it once and for ever: a second settlement under the same reference changes nothing. */
  reference: string;
  /** What the customer pays: always `fee` plus all `earnings`. */
  charge: bigint;
  fee: bigint;
  earnings: { supplierOrganizationId: string; amount: bigint }[];
  from: Date;
  to: Date;
}

/** `@muster/billing` implements it as `settlement`. */
export interface Settlement {
  /** What the cluster can pay now, locked until the transaction ends; null is without limit. */
  funds(trx: Transaction<Database>, payer: Payer): Promise<bigint | null>;
  /** Takes the charge and pays the earnings. @returns the ledger transaction's id */
  charge(trx: Transaction<Database>, context: Context, usage: Usage): Promise<string>;
}
