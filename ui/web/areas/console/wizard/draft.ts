/** The draft of a cluster request: how it becomes a request, and how it is kept in the address of the page. */
import { clusterKinds, compliances, connectivityTierNames, serviceTiers } from '@muster/common/vocabulary';
import type { Schemas } from '@muster/contract/client';
import { many, one, type Search } from '../../../app/search.ts';

export type Request = Schemas['ClusterRequest'];

/** A variable of the image. Its value is a secret, perhaps: it stands in no address and in no storage. */
export interface Variable {
  name: string;
  value: string;
}

/** All that the wizard asks for. What is absent is not asked for. */
export interface Draft {
  name: string;
  kind: Request['kind'];
  /** None is capacity for tasks; an empty one is still to be named. */
  image: string | undefined;
  command: string[];
  args: string[];
  variables: Variable[];
  modelIds: string[];
  devicesPerWorker: number;
  workers: number;
  countries: string[];
  regions: string[];
  tier: Schemas['ConnectivityTier'];
  oneSite: boolean;
  oneNetworkDomain: boolean;
  compliance: Schemas['Compliance'][];
  serviceTier: Schemas['ServiceTier'] | undefined;
  /** Until stopped when absent. */
  hours: number | undefined;
  maxMicroUsdPerDeviceHour: string | undefined;
  spendingCapMicroUsd: string | undefined;
  minWorkers: number | undefined;
  maxWorkers: number | undefined;
  idleShutdownSeconds: number | undefined;
  simulated: boolean;
}

export const blank: Draft = {
  name: '',
  kind: 'container',
  image: undefined,
  command: [],
  args: [],
  variables: [],
  modelIds: [],
  devicesPerWorker: 1,
  workers: 1,
  countries: [],
  regions: [],
  tier: 'low',
  oneSite: false,
  oneNetworkDomain: false,
  compliance: [],
  serviceTier: undefined,
  hours: undefined,
  maxMicroUsdPerDeviceHour: undefined,
  spendingCapMicroUsd: undefined,
  minWorkers: undefined,
  maxWorkers: undefined,
  idleShutdownSeconds: undefined,
  simulated: false,
};

/** Capacity for tasks, without an image of its own: only it is scaled by its tasks, and stopped when it has none. */
export function isBare({ kind, image }: Pick<Draft, 'kind' | 'image'>): boolean {
  return kind === 'container' && image === undefined;
}

/** What is asked for of the market: all that decides which workers match and what they cost, and nothing else. */
export function supplyOf(draft: Draft): Request {
  const { countries, regions, maxMicroUsdPerDeviceHour, spendingCapMicroUsd } = draft;
  return {
    kind: 'container',
    processor: { modelIds: draft.modelIds, devicesPerWorker: draft.devicesPerWorker },
    workers: draft.workers,
    ...((countries.length > 0 || regions.length > 0) && {
      location: { ...(countries.length > 0 && { countries }), ...(regions.length > 0 && { regions }) },
    }),
    connectivity: {
      tier: draft.tier,
      ...(draft.oneSite && { oneSite: true }),
      ...(draft.oneNetworkDomain && { oneNetworkDomain: true }),
    },
    ...(draft.compliance.length > 0 && { compliance: draft.compliance }),
    ...(draft.serviceTier && { serviceTier: draft.serviceTier }),
    ...(draft.hours !== undefined && { time: { hours: draft.hours } }),
    ...((maxMicroUsdPerDeviceHour || spendingCapMicroUsd) && {
      priceGuard: {
        ...(maxMicroUsdPerDeviceHour && { maxMicroUsdPerDeviceHour }),
        ...(spendingCapMicroUsd && { spendingCapMicroUsd }),
      },
    }),
    ...(draft.simulated && { simulated: true }),
  };
}

/** The request that the draft describes. */
export function requestOf(draft: Draft): Request {
  const { name, kind, image, command, args, variables, minWorkers, maxWorkers, idleShutdownSeconds } = draft;
  const named = variables.filter((variable) => variable.name !== '');
  return {
    ...(name && { name }),
    ...supplyOf(draft),
    kind,
    ...(image && { image }),
    ...(image && command.length > 0 && { command }),
    ...(image && args.length > 0 && { args }),
    ...(image && named.length > 0 && { env: Object.fromEntries(named.map((each) => [each.name, each.value])) }),
    ...(isBare(draft) &&
      minWorkers !== undefined &&
      maxWorkers !== undefined && { autoscaling: { minWorkers, maxWorkers } }),
    ...(isBare(draft) && idleShutdownSeconds !== undefined && { idleShutdownSeconds }),
  };
}

/** The draft that describes a request, such as a nearest one, or that of a cluster to be made again. */
export function draftOf(request: Schemas['RequestedCluster'] & Pick<Request, 'env'>): Draft {
  const { processor, location, connectivity, priceGuard, autoscaling } = request;
  return {
    name: request.name ?? '',
    kind: request.kind,
    image: request.image ?? (request.kind === 'job' ? '' : undefined),
    command: request.command ?? [],
    args: request.args ?? [],
    variables: Object.entries(request.env ?? {}).map(([name, value]) => ({ name, value })),
    modelIds: processor.modelIds,
    devicesPerWorker: processor.devicesPerWorker ?? 1,
    workers: request.workers,
    countries: location?.countries ?? [],
    regions: location?.regions ?? [],
    tier: connectivity?.tier ?? 'low',
    oneSite: connectivity?.oneSite ?? false,
    oneNetworkDomain: connectivity?.oneNetworkDomain ?? false,
    compliance: request.compliance ?? [],
    serviceTier: request.serviceTier,
    hours: request.time?.hours,
    maxMicroUsdPerDeviceHour: priceGuard?.maxMicroUsdPerDeviceHour,
    spendingCapMicroUsd: priceGuard?.spendingCapMicroUsd,
    minWorkers: autoscaling?.minWorkers,
    maxWorkers: autoscaling?.maxWorkers,
    idleShutdownSeconds: request.idleShutdownSeconds,
    simulated: request.simulated ?? false,
  };
}

/** What is kept with the entry of the browser's history instead of in the address, which is logged, sent and shown. */
export type Words = Pick<Draft, 'command' | 'args'>;

export function wordsOf({ command, args }: Draft): Words {
  return { command, args };
}

/**
 * The draft as parameters of the address: what is as in a blank draft is left out, variables leave only their names, and
 * what may hold a secret is not there ({@link wordsOf}).
 */
export function searchOf(draft: Draft): Search {
  const text = (value: string | number | undefined, usual: string | number | undefined) =>
    value === undefined || value === usual ? undefined : String(value);
  const flag = (value: boolean) => (value ? 'true' : undefined);
  return {
    name: text(draft.name, ''),
    // Absent is capacity for tasks.
    kind: isBare(draft) ? undefined : draft.kind,
    image: draft.image,
    // Only that there is one.
    command: flag(draft.command.length + draft.args.length > 0),
    env: draft.variables.map(({ name }) => name),
    model: draft.modelIds,
    devices: text(draft.devicesPerWorker, blank.devicesPerWorker),
    workers: text(draft.workers, blank.workers),
    country: draft.countries,
    region: draft.regions,
    tier: text(draft.tier, blank.tier),
    oneSite: flag(draft.oneSite),
    oneNetworkDomain: flag(draft.oneNetworkDomain),
    compliance: draft.compliance,
    serviceTier: draft.serviceTier,
    hours: text(draft.hours, undefined),
    maxPrice: draft.maxMicroUsdPerDeviceHour,
    spendingCap: draft.spendingCapMicroUsd,
    minWorkers: text(draft.minWorkers, undefined),
    maxWorkers: text(draft.maxWorkers, undefined),
    idleShutdown: text(draft.idleShutdownSeconds, undefined),
    simulated: flag(draft.simulated),
  };
}

/** The draft that an address and its entry in the history describe. Whatever does not read as what it should be is left out: addresses are typed by people, too. */
export function draftFrom(search: Search, words: Words = blank): Draft {
  const text = (name: string) => one(search[name]);
  const whole = (name: string) => (/^[1-9]\d{0,8}$/.test(text(name) ?? '') ? Number(text(name)) : undefined);
  const amount = (name: string) => (/^[1-9]\d{0,14}$/.test(text(name) ?? '') ? text(name) : undefined);
  const known = <Word extends string>(words: readonly Word[], value: string | undefined) =>
    words.find((word) => word === value);
  const kind = known(clusterKinds, text('kind'));
  return {
    name: text('name') ?? '',
    kind: kind ?? blank.kind,
    image: text('image') ?? (kind && ''),
    command: words.command,
    args: words.args,
    variables: many(search.env).map((name) => ({ name, value: '' })),
    modelIds: many(search.model),
    devicesPerWorker: whole('devices') ?? blank.devicesPerWorker,
    workers: whole('workers') ?? blank.workers,
    countries: many(search.country).filter((code) => /^[A-Z]{2}$/.test(code)),
    regions: many(search.region),
    tier: known(connectivityTierNames, text('tier')) ?? blank.tier,
    oneSite: text('oneSite') === 'true',
    oneNetworkDomain: text('oneNetworkDomain') === 'true',
    compliance: many(search.compliance).flatMap((each) => known(compliances, each) ?? []),
    serviceTier: known(serviceTiers, text('serviceTier')),
    hours: whole('hours'),
    maxMicroUsdPerDeviceHour: amount('maxPrice'),
    spendingCapMicroUsd: amount('spendingCap'),
    minWorkers: whole('minWorkers'),
    maxWorkers: whole('maxWorkers'),
    idleShutdownSeconds: whole('idleShutdown'),
    simulated: text('simulated') === 'true',
  };
}
