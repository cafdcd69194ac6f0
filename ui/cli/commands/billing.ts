/** Money: balance, holds, spending, ledger, invoices. */
import type { Command } from 'commander';
import { ask, connect } from '../connect.ts';
import { facts, instant, money, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';

export function billingCommands(program: Command): void {
  program
    .command('balance')
    .description('what you can spend, what is set aside, and how long it lasts')
    .action(async () => {
      print(await ask((await connect()).public.GET('/balance')), (balance) =>
        facts([
          ['balance', money(balance.balanceMicroUsd, balance.currency)],
          ['held', money(balance.heldMicroUsd, balance.currency)],
          ['spent per hour', money(balance.burnMicroUsdPerHour, balance.currency)],
          ['lasts until', instant(balance.lastsUntil)],
        ]),
      );
    });

  program
    .command('holds')
    .description('what is set aside for your live clusters')
    .action(async () => {
      print(await ask((await connect()).public.GET('/holds')), ({ items }) =>
        table(
          items,
          [
            ['cluster', (h) => h.clusterId],
            ['held', (h) => money(h.heldMicroUsd, h.currency)],
            ['of', (h) => money(h.reserveMicroUsd, h.currency)],
            ['since', (h) => instant(h.createdAt)],
          ],
          'Nothing is set aside: no cluster of yours is live.',
        ),
      );
    });

  program
    .command('spending')
    .description('what your clusters were charged by day, in the last 30 days')
    .option('--from <instant>', 'from this instant on, such as 2026-01-31T00:00:00Z')
    .option('--to <instant>', 'until this instant')
    .option('--hours', 'by hour instead of by day')
    .option('--cluster <clusterId>', 'only of this cluster')
    .action(async (flags: { from?: string; to?: string; hours?: boolean; cluster?: string }) => {
      const query = {
        bucket: flags.hours ? ('hour' as const) : ('day' as const),
        ...(flags.from && { from: flags.from }),
        ...(flags.to && { to: flags.to }),
        ...(flags.cluster && { clusterId: flags.cluster }),
      };
      print(await ask((await connect()).public.GET('/spending', { params: { query } })), ({ items }) =>
        table(
          items,
          [
            [flags.hours ? 'hour' : 'day', (s) => (flags.hours ? instant(s.at) : s.at.slice(0, 10))],
            ['cluster', (s) => s.clusterId],
            ['charge', (s) => money(s.chargeMicroUsd, s.currency)],
            ['device-hours', (s) => (s.deviceSeconds / 3_600).toFixed(2)],
          ],
          'Nothing was charged in that time.',
        ),
      );
    });

  pageFlags(program.command('ledger').description('every movement of your money, the newest first'))
    .option('--cluster <clusterId>', 'only of this cluster')
    .action(async (flags) => {
      const api = await connect();
      const filter = { ...(flags.cluster && { clusterId: flags.cluster }) };
      print(
        await readPages(flags, (query) =>
          ask(api.public.GET('/ledger', { params: { query: { ...query, ...filter } } })),
        ),
        ({ items }) =>
          table(
            items,
            [
              ['at', (e) => instant(e.at)],
              ['account', (e) => e.account],
              ['amount', (e) => money(e.amountMicroUsd, e.currency)],
              ['for', (e) => e.description],
              ['cluster', (e) => e.clusterId],
            ],
            'No money has moved yet.',
          ),
      );
    });

  const invoice = program.command('invoice').description('invoices, one per cluster');
  pageFlags(invoice.command('list').description('list them, the newest first')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.public.GET('/invoices', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['number', (i) => i.number],
          ['id', (i) => i.id],
          ['cluster', (i) => i.clusterId],
          ['total', (i) => money(i.totalMicroUsd, i.currency)],
          ['issued', (i) => instant(i.issuedAt)],
        ],
        'There are no invoices: one is issued when a cluster ends.',
      ),
    );
  });
  invoice
    .command('get <invoiceId>')
    .description('one, down to its usage windows')
    .option('--csv', 'the lines as CSV')
    .action(async (invoiceId: string, flags: { csv?: boolean }) => {
      const api = await connect();
      const params = { path: { invoiceId } };
      if (flags.csv) {
        process.stdout.write(await ask(api.public.GET('/invoices/{invoiceId}/lines.csv', { params, parseAs: 'text' })));
        return;
      }
      print(await ask(api.public.GET('/invoices/{invoiceId}', { params })), (found) =>
        [
          facts([
            ['invoice', `${found.number} (${found.id})`],
            ['cluster', found.clusterId],
            ['issued', instant(found.issuedAt)],
          ]),
          table(
            found.lines,
            [
              ['worker', (l) => l.workerId],
              ['from', (l) => l.from],
              ['to', (l) => l.to],
              ['devices', (l) => l.devices],
              ['per device-hour', (l) => money(l.priceMicroUsdPerDeviceHour, found.currency)],
              ['charge', (l) => (l.freeBecause ? `free: ${l.freeBecause}` : money(l.chargeMicroUsd, found.currency))],
            ],
            'Nothing was used, and nothing is charged.',
          ),
          `Total  ${money(found.totalMicroUsd, found.currency)}`,
        ].join('\n\n'),
      );
    });
}
