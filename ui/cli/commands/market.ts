/** What there is and what it costs: models, offers, prices, the network's public numbers, quotes. */
import { connectivityTierNames } from '@muster/common';
import type { Command } from 'commander';
import { Option } from 'commander';
import { ask, connect } from '../connect.ts';
import { facts, instant, money, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';
import { type RequestFlags, requestFlags, toRequest } from '../request.ts';

export function marketCommands(program: Command): void {
  program
    .command('models')
    .description('the hardware models of the catalogue')
    .action(async () => {
      print(await ask((await connect()).public.GET('/models')), ({ items }) =>
        table(
          items,
          [
            ['model', (m) => m.id],
            ['name', (m) => m.name],
            ['memory', (m) => `${Math.round(m.memoryMb / 1024)} GB`],
            ['architecture', (m) => m.architecture],
            ['interconnect', (m) => m.interconnect],
          ],
          'The catalogue is empty.',
        ),
      );
    });

  pageFlags(program.command('offers').description('what can be taken now'))
    .option('--model <model>', 'only this hardware model')
    .option('--country <code>', 'only this country')
    .addOption(new Option('--tier <tier>', 'at least this connectivity').choices([...connectivityTierNames]))
    .option('--simulated', 'simulated workers instead of real ones')
    .action(async (flags) => {
      const api = await connect();
      const filter = {
        ...(flags.model && { modelId: [flags.model] }),
        ...(flags.country && { country: [flags.country.toUpperCase()] }),
        ...(flags.tier && { tier: flags.tier }),
        ...(flags.simulated && { simulated: true }),
      };
      print(
        await readPages(flags, (query) =>
          ask(api.public.GET('/offers', { params: { query: { ...query, ...filter } } })),
        ),
        ({ items }) =>
          table(
            items,
            [
              ['model', (o) => o.modelId],
              ['country', (o) => o.country],
              ['connectivity', (o) => o.connectivityTier],
              ['service', (o) => o.serviceTier],
              ['compliance', (o) => o.compliance.join(' ') || null],
              ['workers', (o) => o.workers],
              ['devices', (o) => o.devices],
              [
                'per device-hour',
                (o) => `${money(o.priceMicroUsdPerDeviceHour, o.currency)}${o.simulated ? ' (simulated)' : ''}`,
              ],
            ],
            'Nothing is free just now. See all that exists with `muster network`.',
          ),
      );
    });

  program
    .command('network')
    .description('the public numbers of this Muster')
    .action(async () => {
      print(await ask((await connect()).public.GET('/network')), (network) =>
        [
          facts([
            ['clusters created', network.clustersCreated],
            ['tasks run', network.tasksRun],
            ['revenue', money(network.revenueMicroUsd)],
            ...network.workersByReadiness.map(({ readiness, workers }): [string, number] => [
              `workers ${readiness}`,
              workers,
            ]),
          ]),
          table(
            network.devices,
            [
              ['model', (d) => d.modelId],
              ['country', (d) => d.country],
              ['hired', (d) => d.hired],
              ['idle', (d) => d.idle],
            ],
            'No device is cluster-ready.',
          ),
        ].join('\n\n'),
      );
    });

  requestFlags(program.command('quote').description('price a cluster, or learn why not; honoured for five minutes'))
    .argument('[command...]', 'what the image runs, after --')
    .action(async (command: string[], flags: RequestFlags) => {
      const api = await connect();
      print(await ask(api.public.POST('/quotes', { body: toRequest(flags, command) })), (quote) =>
        [
          facts([
            ['quote', quote.id],
            ['price', `${money(quote.priceMicroUsdPerHour, quote.currency)} per hour, billed by the second`],
            ['honoured until', instant(quote.expiresAt)],
            ['simulated', quote.simulated ? 'yes: nothing of it is real' : null],
          ]),
          table(
            quote.workers,
            [
              ['model', (w) => w.modelId],
              ['devices', (w) => w.devices],
              ['country', (w) => w.country],
              ['connectivity', (w) => w.connectivityTier],
              ['service', (w) => w.serviceTier],
              ['per device-hour', (w) => money(w.priceMicroUsdPerDeviceHour, quote.currency)],
            ],
            '',
          ),
        ].join('\n\n'),
      );
    });
}
