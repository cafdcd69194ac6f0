/** A cluster request from flags: the same flags for `quote` and `cluster create`. */
import { clusterKinds, compliances, connectivityTierNames, parseMicro, serviceTiers } from '@muster/common';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { UserError } from './failure.ts';

export interface RequestFlags {
  name?: string;
  kind: (typeof clusterKinds)[number];
  image?: string;
  env?: Record<string, string>;
  arg?: string[];
  model?: string[];
  workers: number;
  devices: number;
  country?: string[];
  region?: string[];
  tier: (typeof connectivityTierNames)[number];
  oneSite?: boolean;
  oneNetworkDomain?: boolean;
  compliance?: (typeof compliances)[number][];
  serviceTier?: (typeof serviceTiers)[number];
  hours?: number;
  maxPrice?: string;
  spendingCap?: string;
  minWorkers?: number;
  maxWorkers?: number;
  idleShutdown?: number;
  simulated?: boolean;
}

/** Adds the flags of a cluster request to a command. */
export function requestFlags(command: Command): Command {
  return command
    .option('--name <name>', 'a name for people')
    .addOption(new Option('--kind <kind>', 'what runs on the workers').choices([...clusterKinds]).default('container'))
    .option('--image <image>', 'the image on every worker; without one the workers are bare capacity for tasks')
    .option('--env <KEY=VALUE>', 'a variable for the image; may be repeated', keyValue)
    .option('--arg <argument>', "an argument for the image's entrypoint or the command; may be repeated", verbatim)
    .option('--model <model>', 'a hardware model, such as nvidia-h100-80gb-sxm; may be repeated', repeated)
    .option('--workers <n>', 'how many workers', positive, 1)
    .option('--devices <n>', 'devices of each worker', positive, 1)
    .option('--country <code>', 'a country, such as DE; may be repeated', repeated)
    .option('--region <region>', 'a region; may be repeated', repeated)
    .addOption(new Option('--tier <tier>', 'the least connectivity').choices([...connectivityTierNames]).default('low'))
    .option('--one-site', 'all workers in one site')
    .option('--one-network-domain', 'all workers in one network domain')
    .addOption(new Option('--compliance <name...>', 'attested compliance').choices([...compliances]))
    .addOption(new Option('--service-tier <tier>', 'the least tier of service').choices([...serviceTiers]))
    .option('--hours <n>', 'for how long; until stopped when left out', positive)
    .option('--max-price <usd>', 'the most to pay for one device for one hour')
    .option('--spending-cap <usd>', 'the most to pay in all')
    .option('--min-workers <n>', 'autoscaling: the fewest workers', positive)
    .option('--max-workers <n>', 'autoscaling: the most workers', positive)
    .option('--idle-shutdown <seconds>', 'stop when no task has run for so long', positive)
    .option('--simulated', 'take simulated workers: nothing of it is real, and it costs SIM, not USD');
}

/** The request that the flags describe, with the command to run after `--`. */
export function toRequest(flags: RequestFlags, command: string[]) {
  if (!flags.model) throw new UserError('A hardware model is needed.', 'Give --model; `muster models` lists them.');
  if ((flags.minWorkers === undefined) !== (flags.maxWorkers === undefined)) {
    throw new UserError('Autoscaling needs both bounds.', 'Give --min-workers and --max-workers.');
  }
  return {
    ...(flags.name && { name: flags.name }),
    kind: flags.kind,
    ...(flags.image && { image: flags.image }),
    ...(command.length > 0 && { command }),
    ...(flags.arg && { args: flags.arg }),
    ...(flags.env && { env: flags.env }),
    processor: { modelIds: flags.model, devicesPerWorker: flags.devices },
    workers: flags.workers,
    ...((flags.country || flags.region) && {
      location: {
        ...(flags.country && { countries: flags.country.map((code) => code.toUpperCase()) }),
        ...(flags.region && { regions: flags.region }),
      },
    }),
    connectivity: {
      tier: flags.tier,
      ...(flags.oneSite && { oneSite: true }),
      ...(flags.oneNetworkDomain && { oneNetworkDomain: true }),
    },
    ...(flags.compliance && { compliance: flags.compliance }),
    ...(flags.serviceTier && { serviceTier: flags.serviceTier }),
    ...(flags.hours && { time: { hours: flags.hours } }),
    ...((flags.maxPrice || flags.spendingCap) && {
      priceGuard: {
        ...(flags.maxPrice && { maxMicroUsdPerDeviceHour: dollars(flags.maxPrice) }),
        ...(flags.spendingCap && { spendingCapMicroUsd: dollars(flags.spendingCap) }),
      },
    }),
    ...(flags.minWorkers !== undefined &&
      flags.maxWorkers !== undefined && {
        autoscaling: { minWorkers: flags.minWorkers, maxWorkers: flags.maxWorkers },
      }),
    ...(flags.idleShutdown && { idleShutdownSeconds: flags.idleShutdown }),
    ...(flags.simulated && { simulated: true }),
  };
}

/** Dollars as typed → micro-USD as sent. @throws UserError for what is no amount */
export function dollars(text: string): string {
  try {
    return parseMicro(text.replace(/^\$/, '')).toString();
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above zero.');
  return value;
}

/** A whole number from zero up. */
export function nonNegative(text: string): number {
  return text === '0' ? 0 : positive(text);
}

/** A flag that may be given several times, or once with commas. */
export function repeated(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((each) => each.trim())];
}

/** A flag that may be given several times, each as it is. */
function verbatim(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** `KEY=VALUE`, several times. */
export function keyValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const cut = text.indexOf('=');
  if (cut < 1) throw new InvalidArgumentError('It must read KEY=VALUE.');
  return { ...before, [text.slice(0, cut)]: text.slice(cut + 1) };
}
