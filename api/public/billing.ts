/** A customer's money: a translation, with no decision of its own. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiHandlers } from '@muster/api-http';
import { balanceOf, getInvoice, invoiceLinesCsv, listHolds, listInvoices, listLedger, spending } from '@muster/billing';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';

export function billing(context: Context): Pick<ApiHandlers<typeof publicApi>, 'billing' | 'invoices'> {
  return {
    billing: {
      balance: ({ actor }) => balanceOf(context, actor.organizationId),
      ledger: ({ actor, query }) => listLedger(context, actor, query),
      holds: async ({ actor }) => ({ items: await listHolds(context, actor) }),
      spending: async ({ actor, query }) => ({ items: await spending(context, actor, query) }),
    },
    invoices: {
      list: ({ actor, query }) => listInvoices(context, actor, query),
      get: ({ actor, params }) => getInvoice(context, actor, params.invoiceId),
      lines: async ({ actor, params }, { response }) => {
        const lines = await invoiceLinesCsv(context, actor, params.invoiceId);
        response.writeHead(200, {
          'content-type': 'text/csv; charset=utf-8; header=present',
          'content-disposition': `attachment; filename="${params.invoiceId}.csv"`,
          'cache-control': 'private, no-cache',
        });
        await pipeline(Readable.from(lines), response);
      },
    },
  };
}
