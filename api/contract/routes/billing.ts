/** A customer's money. */
import { z } from 'zod';
import { route } from '../route.ts';
import { Balance, HoldList, InvoicePage, InvoiceWithLines, LedgerPage, Spending } from '../schemas/money.ts';
import { ClusterId, InvoiceId, Page, page, span } from '../schemas/primitives.ts';

export const billing = {
  balance: route({
    method: 'get',
    path: '/balance',
    summary: 'What can be spent, how fast it goes, and until when it lasts',
    access: { scope: 'billing:read' },
    answer: Balance,
    errors: [],
  }),
  ledger: route({
    method: 'get',
    path: '/ledger',
    summary: "The entries of your organization's accounts, newest first",
    access: { scope: 'billing:read' },
    query: z.strictObject({ ...page, clusterId: ClusterId.optional() }),
    answer: LedgerPage,
    errors: [],
  }),
  holds: route({
    method: 'get',
    path: '/holds',
    summary: 'What is set aside for live clusters',
    access: { scope: 'billing:read' },
    answer: HoldList,
    errors: [],
  }),
  spending: route({
    method: 'get',
    path: '/spending',
    summary: 'What was charged, by cluster and bucket of time',
    description: 'From the usage windows; the last 30 days when no span is given.',
    access: { scope: 'billing:read' },
    query: z.strictObject({ ...span, bucket: z.enum(['hour', 'day']).default('day'), clusterId: ClusterId.optional() }),
    answer: Spending,
    errors: [],
  }),
};

const invoice = z.strictObject({ invoiceId: InvoiceId });
export const invoices = {
  list: route({
    method: 'get',
    path: '/invoices',
    summary: 'List the invoices, newest first',
    access: { scope: 'billing:read' },
    query: Page,
    answer: InvoicePage,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/invoices/{invoiceId}',
    summary: 'Read an invoice with the usage windows it is derived from',
    access: { scope: 'billing:read' },
    params: invoice,
    answer: InvoiceWithLines,
    errors: ['not_found'],
  }),
  lines: route({
    method: 'get',
    path: '/invoices/{invoiceId}/lines.csv',
    summary: 'The usage windows of an invoice as CSV',
    access: { scope: 'billing:read' },
    params: invoice,
    stream: 'text/csv',
    errors: ['not_found'],
  }),
};
