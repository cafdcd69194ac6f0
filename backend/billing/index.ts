export { type Balance, balanceOf, type EmptyBalance, runBalances } from './balances.ts';
export { checkInvoices, checkLedger } from './check.ts';
export { type Credit, grantCredit, type NewCredit } from './credits.ts';
export { type Earning, type Earnings, earnings } from './earnings.ts';
export {
  extendHold,
  type Hold,
  heldFor,
  holdForCluster,
  listHolds,
  type NewHold,
  reduceHold,
  releaseHold,
} from './holds.ts';
export {
  getInvoice,
  type Invoice,
  type InvoiceLine,
  type InvoiceWithLines,
  invoiceLinesCsv,
  issueInvoice,
  listInvoices,
} from './invoices.ts';
export {
  type AccountName,
  type Entry,
  ensureAccount,
  ensureAccounts,
  type Posted,
  type Transfer,
  transfer,
} from './ledger.ts';
export { type Rederivation, rederive } from './rederive.ts';
export { settlement } from './settlement.ts';
export { type Spent, spending } from './spending.ts';
export { type LedgerEntry, type LedgerFilter, listLedger, searchLedger } from './statement.ts';
