/** `muster bench [section…] [--json]`: every claim of speed or capacity comes from here, beside a peer in the same run. */

import { readConfig } from '@muster/common';
import { Command } from 'commander';
import { z } from 'zod';
import { benchAssembly } from './assembly.ts';
import { benchClusters } from './clusters.ts';
import { benchGateway } from './gateway.ts';
import { benchLedger } from './ledger.ts';
import { benchMessages } from './messages.ts';
import { describeMachine, formatReport, type Section } from './report.ts';
import { versions } from './versions.ts';
import { benchWeb } from './web.ts';

const config = readConfig({
  MUSTER_POSTGRES_URL: z.string(),
  MUSTER_REDIS_URL: z.string(),
  MUSTER_RABBITMQ_URL: z.string(),
});

const sections: Record<string, () => Promise<Section> | Section> = {
  assembly: benchAssembly,
  ledger: benchLedger,
  clusters: benchClusters,
  gateway: () => benchGateway(config.MUSTER_REDIS_URL),
  messages: () => benchMessages(config.MUSTER_RABBITMQ_URL),
  web: benchWeb,
};

await new Command('bench')
  .description('measure, beside peers in the same run')
  .argument('[section...]', `some of: ${Object.keys(sections).join(', ')}; all when left out`)
  .option('--json', 'print the report as JSON')
  .action(async (names: string[], flags: { json?: boolean }) => {
    const unknown = names.find((name) => !(name in sections));
    if (unknown) throw new Error(`There is no bench ${unknown}; there are: ${Object.keys(sections).join(', ')}.`);
    const measured: Section[] = [];
    for (const name of names.length > 0 ? names : Object.keys(sections)) {
      process.stderr.write(`measuring ${name} …\n`);
      measured.push(await sections[name]!());
    }
    const report = { ...describeMachine(await versions(config)), sections: measured };
    process.stdout.write(`${flags.json ? JSON.stringify(report, null, 2) : formatReport(report)}\n`);
  })
  .parseAsync();
