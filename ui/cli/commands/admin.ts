/** For operators: everything that the internal API can do. */
import { compliances, serviceTiers } from '@muster/common';
import type { Command } from 'commander';
import { Option } from 'commander';
import { ask, connect } from '../connect.ts';
import { NegativeAnswer } from '../failure.ts';
import { type Column, instant, money, note, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';
import { dollars, nonNegative } from '../request.ts';
import { describe } from './cluster.ts';
import { type AttachFlags, attachFlags, describeWorker, newPool, poolTable, workerColumns } from './worker.ts';

export function adminCommands(program: Command): void {
  const admin = program.command('admin').description('for operators of this Muster');

  admin
    .command('check')
    .description('walk the invariants over the live system; exit status 1 if any is broken')
    .action(async () => {
      const found = await ask((await connect()).internal.GET('/invariants'));
      print(found, ({ items }) =>
        items
          .map(({ number, name, held, offenders }) =>
            [
              `${held ? 'held  ' : 'BROKEN'}  ${String(number).padStart(2)}  ${name}`,
              ...offenders.slice(0, 20).map((each) => `            ${JSON.stringify(each)}`),
            ].join('\n'),
          )
          .join('\n'),
      );
      const broken = found.items.filter(({ held }) => !held);
      if (broken.length > 0)
        throw new NegativeAnswer(`${broken.length} of ${found.items.length} invariants are broken.`);
    });

  admin
    .command('health')
    .description('every component, and whether it can be used now')
    .action(async () => {
      const health = await ask((await connect()).internal.GET('/health'));
      print(health, ({ components }) =>
        table(
          components,
          [
            ['component', (c) => c.name],
            ['state', (c) => (c.ok ? 'ok' : 'NOT OK')],
            ['detail', (c) => c.detail],
          ],
          '',
        ),
      );
      if (!health.ok) throw new NegativeAnswer('Not everything can be used.');
    });

  analyticsCommands(admin);

  const credit = admin.command('credit').description('money that the platform grants');
  credit
    .command('grant <organizationId> <usd>')
    .description('add to an organization’s balance')
    .requiredOption('--reference <reference>', 'what it is for: the same reference grants once')
    .option('--description <text>', 'for its ledger')
    .action(async (organizationId: string, usd: string, flags: { reference: string; description?: string }) => {
      const api = await connect();
      const body = {
        amountMicroUsd: dollars(usd),
        reference: flags.reference,
        ...(flags.description && { description: flags.description }),
      };
      print(
        await ask(
          api.internal.POST('/organizations/{organizationId}/credits', { params: { path: { organizationId } }, body }),
        ),
        (granted) => `Granted ${money(granted.amountMicroUsd)}; the balance is ${money(granted.balanceMicroUsd)}.`,
      );
    });

  const organization = admin.command('organization').description('tenants');
  pageFlags(organization.command('list').description('list them')).action(async (flags) => {
    const api = await connect();
    print(
      await readPages(flags, (query) => ask(api.internal.GET('/organizations', { params: { query } }))),
      ({ items }) =>
        table(
          items,
          [
            ['id', (o) => o.id],
            ['name', (o) => o.name],
            ['operator', (o) => (o.operator ? 'yes' : null)],
            ['device quota', (o) => o.deviceQuota],
            ['since', (o) => instant(o.createdAt)],
          ],
          'There are none.',
        ),
    );
  });
  organization
    .command('quota <organizationId> <devices>')
    .description('the most devices at once, or `none`')
    .action(async (organizationId: string, devices: string) => {
      const api = await connect();
      const body = { deviceQuota: devices === 'none' ? null : nonNegative(devices) };
      print(
        await ask(
          api.internal.PATCH('/organizations/{organizationId}', { params: { path: { organizationId } }, body }),
        ),
        (o) => `The quota of ${o.name} is ${o.deviceQuota ?? 'none'}.`,
      );
    });

  const deadLetter = admin.command('dead-letter').description('messages that nobody could handle');
  pageFlags(deadLetter.command('list').description('list them')).action(async (flags) => {
    const api = await connect();
    print(
      await readPages(flags, (query) => ask(api.internal.GET('/dead-letters', { params: { query } }))),
      ({ items }) =>
        table(
          items,
          [
            ['id', (d) => d.id],
            ['queue', (d) => d.queue],
            ['type', (d) => d.type],
            ['tries', (d) => d.attempts],
            ['reason', (d) => d.reason],
            ['at', (d) => instant(d.at)],
          ],
          'There are none.',
        ),
    );
  });
  deadLetter
    .command('replay [id...]')
    .description('send these again, or all')
    .action(async (ids: string[]) => {
      const api = await connect();
      print(
        await ask(api.internal.POST('/dead-letters/replay', { body: ids.length > 0 ? { ids } : {} })),
        ({ replayed }) => `${replayed} sent again.`,
      );
    });
  deadLetter
    .command('discard <deadLetterId>')
    .description('give one up')
    .action(async (deadLetterId: string) => {
      await ask(
        (await connect()).internal.DELETE('/dead-letters/{deadLetterId}', { params: { path: { deadLetterId } } }),
      );
      note('Discarded.');
    });

  const attest = admin.command('attest').description('attestations of compliance, each with an expiry');
  attest
    .command('add <compliance>')
    .description(`attest one of: ${compliances.join(', ')}`)
    .option('--worker <workerId>', 'of this worker')
    .option('--pool <poolId>', 'of every worker of this pool')
    .requiredOption('--evidence <text>', 'what was seen, and where it is kept')
    .requiredOption('--expires <instant>', 'an ISO instant')
    .action(
      async (
        compliance: (typeof compliances)[number],
        flags: { worker?: string; pool?: string; evidence: string; expires: string },
      ) => {
        const api = await connect();
        const body = {
          compliance,
          evidence: flags.evidence,
          expiresAt: flags.expires,
          ...(flags.worker && { workerId: flags.worker }),
          ...(flags.pool && { poolId: flags.pool }),
        };
        print(
          await ask(api.internal.POST('/attestations', { body })),
          (made) => `${made.compliance} is attested until ${instant(made.expiresAt)} (${made.id}).`,
        );
      },
    );
  pageFlags(attest.command('list').description('list them')).action(async (flags) => {
    const api = await connect();
    print(
      await readPages(flags, (query) => ask(api.internal.GET('/attestations', { params: { query } }))),
      ({ items }) =>
        table(
          items,
          [
            ['id', (a) => a.id],
            ['of', (a) => a.workerId ?? a.poolId],
            ['compliance', (a) => a.compliance],
            ['by', (a) => a.attestedBy],
            ['expires', (a) => instant(a.expiresAt)],
            ['revoked', (a) => instant(a.revokedAt)],
          ],
          'Nothing is attested.',
        ),
    );
  });
  attest
    .command('revoke <attestationId>')
    .description('end one, at once')
    .action(async (attestationId: string) => {
      await ask(
        (await connect()).internal.DELETE('/attestations/{attestationId}', { params: { path: { attestationId } } }),
      );
      note('Revoked.');
    });

  const pools = admin.command('pool').description('pools of all suppliers');
  pools
    .command('list')
    .description('list them')
    .action(async () => {
      print(await ask((await connect()).internal.GET('/pools')), ({ items }) => poolTable(items));
    });
  attachFlags(pools.command('attach <name>').description('register one by its kubeconfig')).action(
    async (name: string, flags: AttachFlags) => {
      const api = await connect();
      print(
        await ask(api.internal.POST('/pools', { body: await newPool(name, flags) })),
        (made) => `${made.name} is pool ${made.id}.`,
      );
    },
  );

  const worker = admin.command('worker').description('workers of all suppliers');
  pageFlags(worker.command('list').description('list them')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.internal.GET('/workers', { params: { query } }))), ({ items }) =>
      table(items, workerColumns, 'There are none.'),
    );
  });
  for (const action of ['block', 'unblock'] as const) {
    worker
      .command(`${action} <workerId>`)
      .description(action === 'block' ? 'keep it from all leases' : 'admit it again')
      .requiredOption('--reason <text>', 'for its timeline')
      .action(async (workerId: string, flags: { reason: string }) => {
        const api = await connect();
        print(
          await ask(
            api.internal.POST(`/workers/{workerId}/${action}`, { params: { path: { workerId } }, body: flags }),
          ),
          describeWorker,
        );
      });
  }
  worker
    .command('service-tier <workerId>')
    .description('which tier of service it may serve')
    .addOption(new Option('--tier <tier>').choices([...serviceTiers]).makeOptionMandatory())
    .option('--reason <text>', 'for its timeline')
    .action(async (workerId: string, flags: { tier: (typeof serviceTiers)[number]; reason?: string }) => {
      const api = await connect();
      const body = { serviceTier: flags.tier, ...(flags.reason && { reason: flags.reason }) };
      print(
        await ask(api.internal.POST('/workers/{workerId}/service-tier', { params: { path: { workerId } }, body })),
        describeWorker,
      );
    });

  const cluster = admin.command('cluster').description('clusters of all organizations');
  pageFlags(cluster.command('list').description('list them, the newest first')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.internal.GET('/clusters', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['id', (c) => c.id],
          ['organization', (c) => c.organizationId],
          ['state', (c) => c.state],
          ['workers', (c) => `${c.workers} × ${c.devicesPerWorker}`],
          ['per hour', (c) => money(c.priceMicroUsdPerHour, c.currency)],
          ['created', (c) => instant(c.createdAt)],
        ],
        'There are none.',
      ),
    );
  });
  cluster
    .command('terminate <clusterId>')
    .description('stop one')
    .requiredOption('--reason <text>', 'its owner reads it')
    .action(async (clusterId: string, flags: { reason: string }) => {
      const api = await connect();
      print(
        await ask(
          api.internal.POST('/clusters/{clusterId}/terminate', { params: { path: { clusterId } }, body: flags }),
        ),
        describe,
      );
    });

  const price = admin.command('price').description('the price book');
  price
    .command('list')
    .description('base prices of the hardware models')
    .action(async () => {
      print(await ask((await connect()).internal.GET('/price-book')), ({ items }) =>
        table(
          items,
          [
            ['model', (p) => p.modelId],
            ['base price per device-hour', (p) => money(p.priceMicroUsdPerHour)],
            ['since', (p) => instant(p.effectiveFrom)],
            ['by', (p) => p.actorId],
          ],
          'The price book is empty.',
        ),
      );
    });
  price
    .command('set <modelId> <usd>')
    .description('a new base price; leases that run keep theirs')
    .action(async (modelId: string, usd: string) => {
      const api = await connect();
      print(
        await ask(api.internal.POST('/price-book', { body: { modelId, priceMicroUsdPerHour: dollars(usd) } })),
        (p) => `${p.modelId} is ${money(p.priceMicroUsdPerHour)} now.`,
      );
    });

  const audit = admin.command('audit').description('who called what, in all organizations');
  pageFlags(audit.command('list').description('the newest first')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.internal.GET('/audit', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['seq', (a) => a.seq],
          ['at', (a) => instant(a.at)],
          ['organization', (a) => a.organizationId],
          ['actor', (a) => a.actorId],
          ['what', (a) => `${a.method} ${a.path}`],
          ['outcome', (a) => a.outcome],
        ],
        'Nothing yet.',
      ),
    );
  });
  audit
    .command('verify')
    .description('walk the chain of hashes; exit status 1 if it is broken')
    .action(async () => {
      const found = await ask((await connect()).internal.GET('/audit/verification'));
      print(found, ({ count, ok, firstBroken }) =>
        ok ? `${count} rows, the chain holds.` : `The chain is broken at row ${firstBroken}.`,
      );
      if (!found.ok) throw new NegativeAnswer('The audit was changed.');
    });
}

/** Series over time by model and country. */
function analyticsCommands(admin: Command): void {
  const analytics = admin.command('analytics').description('supply, demand and revenue by model and country over time');
  const series = (name: string, description: string) =>
    analytics
      .command(name)
      .description(description)
      .option('--from <instant>', 'an ISO instant')
      .option('--to <instant>', 'an ISO instant')
      .addOption(new Option('--bucket <bucket>', 'how fine').choices(['hour', 'day']).default('hour'))
      .option('--model <model>', 'only this hardware model')
      .option('--country <code>', 'only this country')
      .option('--simulated', 'simulated supply, which is counted apart');
  const toQuery = (flags: {
    from?: string;
    to?: string;
    bucket: 'hour' | 'day';
    model?: string;
    country?: string;
    simulated?: boolean;
  }) => ({
    params: {
      query: {
        bucket: flags.bucket,
        ...(flags.from && { from: flags.from }),
        ...(flags.to && { to: flags.to }),
        ...(flags.model && { modelId: flags.model }),
        ...(flags.country && { country: flags.country.toUpperCase() }),
        ...(flags.simulated && { simulated: true }),
      },
    },
  });
  const where = <Row extends { at: string; modelId: string; country: string | null }>(): Column<Row>[] => [
    ['at', (row) => instant(row.at)],
    ['model', (row) => row.modelId],
    ['country', (row) => row.country],
  ];
  const empty = 'Nothing in this time.';

  series('supply', 'devices that were ready and hired').action(async (flags) => {
    print(await ask((await connect()).internal.GET('/analytics/supply', toQuery(flags))), ({ items }) =>
      table(
        items,
        [...where<(typeof items)[number]>(), ['ready', (r) => r.readyDevices], ['hired', (r) => r.hiredDevices]],
        empty,
      ),
    );
  });
  series('demand', 'clusters and devices that were asked for and had').action(async (flags) => {
    print(await ask((await connect()).internal.GET('/analytics/demand', toQuery(flags))), ({ items }) =>
      table(
        items,
        [...where<(typeof items)[number]>(), ['clusters', (r) => r.clusters], ['devices', (r) => r.devices]],
        empty,
      ),
    );
  });
  series('unmet-demand', 'requests that found no supply').action(async (flags) => {
    print(await ask((await connect()).internal.GET('/analytics/unmet-demand', toQuery(flags))), ({ items }) =>
      table(
        items,
        [
          ...where<(typeof items)[number]>(),
          ['requests', (r) => r.requests],
          ['workers', (r) => r.workers],
          ['devices', (r) => r.devices],
        ],
        empty,
      ),
    );
  });
  series('utilisation', 'hired of ready device-hours').action(async (flags) => {
    print(await ask((await connect()).internal.GET('/analytics/utilisation', toQuery(flags))), ({ items }) =>
      table(
        items,
        [
          ...where<(typeof items)[number]>(),
          ['hired h', (r) => r.hiredDeviceHours.toFixed(2)],
          ['ready h', (r) => r.readyDeviceHours.toFixed(2)],
          ['utilisation', (r) => `${(100 * r.utilisation).toFixed(1)} %`],
        ],
        empty,
      ),
    );
  });
  series('revenue', 'charges, fees and earnings').action(async (flags) => {
    print(await ask((await connect()).internal.GET('/analytics/revenue', toQuery(flags))), ({ items }) =>
      table(
        items,
        [
          ...where<(typeof items)[number]>(),
          ['charged', (r) => money(r.chargeMicroUsd, r.currency)],
          ['fee', (r) => money(r.feeMicroUsd, r.currency)],
          ['earned', (r) => money(r.earningMicroUsd, r.currency)],
        ],
        empty,
      ),
    );
  });
}
