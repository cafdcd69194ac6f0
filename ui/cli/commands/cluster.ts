/** Clusters: create, watch, change, stop. */
import type { Command } from 'commander';
import { ask, connect } from '../connect.ts';
import { printLog } from '../logs.ts';
import { facts, instant, money, note, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';
import { nonNegative, positive, type RequestFlags, requestFlags, toRequest } from '../request.ts';
import { runShell } from '../shell.ts';
import { type Cluster, type Event, watchCluster } from '../watch.ts';

export function clusterCommands(program: Command): void {
  const cluster = program.command('cluster').description('clusters: what you asked for and got');

  requestFlags(cluster.command('create').description('create one from flags, or take a quote'))
    .argument('[command...]', 'what the image runs, after --')
    .option('--quote <quoteId>', 'take this quote; the other flags are not needed')
    .option('--idempotency-key <key>', 'the same key creates one cluster, however often it is sent')
    .option('--wait', 'wait until it runs')
    .action(
      async (command: string[], flags: RequestFlags & { quote?: string; idempotencyKey?: string; wait?: boolean }) => {
        const api = await connect();
        const body = flags.quote ? { quoteId: flags.quote } : { request: toRequest(flags, command) };
        const created = await ask(
          api.public.POST('/clusters', {
            body,
            ...(flags.idempotencyKey && { headers: { 'Idempotency-Key': flags.idempotencyKey } }),
          }),
        );
        const shown = flags.wait ? await watchCluster(api, created.id, ['running', 'terminated'], printEvent) : created;
        print(shown, describe);
      },
    );

  pageFlags(cluster.command('list').description('list yours, the newest first')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.public.GET('/clusters', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['id', (c) => c.id],
          ['name', (c) => c.name],
          ['state', (c) => c.state],
          ['kind', (c) => c.kind],
          ['workers', (c) => `${c.workers} × ${c.devicesPerWorker}`],
          ['per hour', (c) => `${money(c.priceMicroUsdPerHour, c.currency)}${c.simulated ? ' (simulated)' : ''}`],
          ['created', (c) => instant(c.createdAt)],
        ],
        'There are no clusters. Make one with `muster cluster create`.',
      ),
    );
  });

  cluster
    .command('get <clusterId>')
    .description('one cluster with its leases')
    .action(async (clusterId: string) => {
      const api = await connect();
      const params = { path: { clusterId } };
      const [found, { items: leases }] = await Promise.all([
        ask(api.public.GET('/clusters/{clusterId}', { params })),
        ask(api.public.GET('/clusters/{clusterId}/leases', { params })),
      ]);
      print({ ...found, leases }, () =>
        [
          describe(found),
          table(
            leases,
            [
              ['rank', (l) => l.rank],
              ['worker', (l) => l.workerId],
              ['model', (l) => l.modelId],
              ['devices', (l) => l.devices],
              ['country', (l) => l.country],
              ['state', (l) => (l.outcome ? `${l.state}, ${l.outcome}` : l.state)],
              ['per device-hour', (l) => money(l.priceMicroUsdPerDeviceHour, l.currency)],
            ],
            'It holds no lease.',
          ),
        ].join('\n\n'),
      );
    });

  pageFlags(cluster.command('events <clusterId>').description('its timeline, with who did what and why')).action(
    async (clusterId: string, flags) => {
      const api = await connect();
      const read = (query: { limit: number; cursor?: string }) =>
        ask(api.public.GET('/clusters/{clusterId}/events', { params: { path: { clusterId }, query } }));
      print(await readPages(flags, read), ({ items }) =>
        table(
          items,
          [
            ['at', (e) => instant(e.at)],
            ['what', (e) => e.type.replace('cluster.', '')],
            ['why', (e) => e.reason],
            ['by', (e) => e.actorId],
          ],
          'Nothing has happened yet.',
        ),
      );
    },
  );

  cluster
    .command('cost <clusterId>')
    .description('what it has cost so far')
    .action(async (clusterId: string) => {
      const params = { path: { clusterId } };
      print(await ask((await connect()).public.GET('/clusters/{clusterId}/cost', { params })), (cost) =>
        facts([
          ['charged', money(cost.chargedMicroUsd, cost.currency)],
          ['until', instant(cost.meteredUntil)],
          ['held', money(cost.heldMicroUsd, cost.currency)],
          ['not charged', cost.freeSeconds > 0 ? `${cost.freeSeconds} device-seconds` : null],
        ]),
      );
    });

  cluster
    .command('watch <clusterId>')
    .description('follow it until it runs, or with --until-end until it has ended')
    .option('--until-end', 'go on until it has ended')
    .action(async (clusterId: string, flags: { untilEnd?: boolean }) => {
      const api = await connect();
      print(
        await watchCluster(api, clusterId, flags.untilEnd ? ['terminated'] : ['running', 'terminated'], printEvent),
        describe,
      );
    });

  change(cluster, 'extend <clusterId>', 'add hours to its time', (command) =>
    command.requiredOption('--hours <n>', 'how many hours more', positive),
  ).action(async (clusterId: string, { hours }: { hours: number }) => {
    const api = await connect();
    print(
      await ask(api.public.POST('/clusters/{clusterId}/extend', { params: { path: { clusterId } }, body: { hours } })),
      describe,
    );
  });

  change(cluster, 'scale <clusterId>', 'change how many workers it has', (command) =>
    command.requiredOption('--workers <n>', 'how many it shall have', positive),
  ).action(async (clusterId: string, { workers }: { workers: number }) => {
    const api = await connect();
    print(
      await ask(api.public.POST('/clusters/{clusterId}/scale', { params: { path: { clusterId } }, body: { workers } })),
      describe,
    );
  });

  change(cluster, 'terminate <clusterId>', 'stop it; the invoice follows when its workers are free', (command) =>
    command
      .option('--reason <text>', 'for its timeline', 'asked by its owner')
      .option('--wait', 'wait until it has ended'),
  ).action(async (clusterId: string, flags: { reason: string; wait?: boolean }) => {
    const api = await connect();
    const stopped = await ask(
      api.public.POST('/clusters/{clusterId}/terminate', {
        params: { path: { clusterId } },
        body: { reason: flags.reason },
      }),
    );
    print(flags.wait ? await watchCluster(api, clusterId, ['terminated'], printEvent) : stopped, describe);
  });

  cluster
    .command('logs <clusterId>')
    .description('the log of a worker of a container cluster')
    .option('--rank <n>', 'which worker', nonNegative, 0)
    .option('-f, --follow', 'go on as it grows')
    .option('--tail <n>', 'only the last lines', positive)
    .action(async (clusterId: string, flags: { rank: number; follow?: boolean; tail?: number }) => {
      await printLog({ clusterId }, flags);
    });

  cluster
    .command('exec <clusterId>')
    .description('run a command, or a shell, on a worker')
    .option('--rank <n>', 'which worker', nonNegative, 0)
    .option('-t, --tty', 'with a terminal')
    .argument('[command...]', 'what to run, after --; a shell when left out')
    .action(async (clusterId: string, command: string[], flags: { rank: number; tty?: boolean }) => {
      const status = await runShell(clusterId, {
        rank: flags.rank,
        command: command.length > 0 ? command : ['/bin/sh'],
        tty: flags.tty ?? command.length === 0,
      });
      process.exitCode = status;
    });
}

/** A cluster for a person. */
export function describe(cluster: Cluster): string {
  return facts([
    ['cluster', `${cluster.name} (${cluster.id})`],
    ['state', cluster.endedBecause ? `${cluster.state}: ${cluster.endedBecause}` : cluster.state],
    ['kind', cluster.kind],
    ['workers', `${cluster.workers} × ${cluster.devicesPerWorker} device${cluster.devicesPerWorker > 1 ? 's' : ''}`],
    ['price', `${money(cluster.priceMicroUsdPerHour, cluster.currency)} per hour`],
    ['simulated', cluster.simulated ? 'yes: nothing of it is real' : null],
    ['created', instant(cluster.createdAt)],
    ['running since', instant(cluster.runningSince)],
    ['until', instant(cluster.endsAt)],
    ['grace until', instant(cluster.graceUntil)],
    ['ended', instant(cluster.endedAt)],
  ]);
}

function printEvent(event: Event): void {
  note(`${instant(event.at)}  ${event.type.replace('cluster.', '').padEnd(14)} ${event.reason}`);
}

function change(cluster: Command, usage: string, description: string, flags: (command: Command) => Command): Command {
  return flags(cluster.command(usage).description(description));
}
