/** How each property of a request is said to a person: the same in the steps, in the review and in differences. */

import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { modelsById } from '../../../app/catalogue.ts';
import { type Format, useFormat } from '../../../design/format.ts';
import { type Messages, useText } from '../../../messages/index.ts';
import { type Draft, isBare } from './draft.ts';

/** Of longer lists the first are named, and how many more there are. */
const mostNamed = 3;

export interface Words {
  kind: (draft: Draft) => string;
  models: (draft: Draft) => string;
  location: (draft: Draft) => string;
  tier: (draft: Draft) => string;
  together: (draft: Draft) => string;
  compliance: (draft: Draft) => string;
  serviceTier: (draft: Draft) => string;
  hours: (hours: number) => string;
  time: (draft: Draft) => string;
  amount: (micro: string | undefined, draft: Draft) => string;
}

export function useWords(): Words {
  const common = useText('common');
  const wizard = useText('wizard');
  const { data: models } = useQuery(modelsById);
  return wordsIn(common, wizard, useFormat(), models);
}

function wordsIn(
  common: Messages['common'],
  wizard: Messages['wizard'],
  format: Format,
  models: ReadonlyMap<string, Schemas['HardwareModel']> | undefined,
): Words {
  const listed = (items: string[], none: string) =>
    items.length > mostNamed
      ? wizard.andMore(items.slice(0, mostNamed).join(', '), items.length - mostNamed)
      : items.join(', ') || none;
  const hours = (count: number) =>
    count % 168 === 0
      ? wizard.time.weeks(count / 168)
      : count % 24 === 0
        ? wizard.time.days(count / 24)
        : wizard.time.hours(count);
  return {
    kind: (draft) => (isBare(draft) ? wizard.kind.bare : common.kinds[draft.kind]),
    models: ({ modelIds }) =>
      listed(
        modelIds.map((id) => models?.get(id)?.name ?? id),
        wizard.any,
      ),
    location: ({ countries, regions }) =>
      listed(
        [
          ...countries.map((code) => format.country(code)),
          ...regions.map((region) => (common.regions as Record<string, string>)[region] ?? region),
        ],
        wizard.anywhere,
      ),
    tier: ({ tier }) => common.connectivityTiers[tier],
    together: ({ oneSite, oneNetworkDomain }) =>
      listed(
        [
          ...(oneSite ? [wizard.connectivity.oneSite] : []),
          ...(oneNetworkDomain ? [wizard.connectivity.oneNetworkDomain] : []),
        ],
        wizard.apart,
      ),
    compliance: ({ compliance }) =>
      listed(
        compliance.map((each) => common.compliances[each]),
        wizard.compliance.none,
      ),
    serviceTier: ({ serviceTier }) => (serviceTier ? common.serviceTiers[serviceTier] : wizard.any),
    hours,
    time: (draft) => (draft.hours === undefined ? wizard.time.untilStopped : hours(draft.hours)),
    amount: (micro, { simulated }) => (micro ? format.money(micro, simulated ? 'SIM' : 'USD') : wizard.noLimit),
  };
}

/** What of a draft another request asks differently, as sentences: `Workers: 4 → 2`. */
export function differences(from: Draft, to: Draft, words: Words, text: Messages['wizard']): string[] {
  const { dimensions } = text;
  const said: [what: string, say: (draft: Draft) => string][] = [
    [dimensions.model, words.models],
    [dimensions.devices, ({ devicesPerWorker }) => String(devicesPerWorker)],
    [dimensions.workers, ({ workers }) => String(workers)],
    [dimensions.location, words.location],
    [dimensions.connectivity, words.tier],
    [dimensions.together, words.together],
    [dimensions.compliance, words.compliance],
    [dimensions.serviceTier, words.serviceTier],
    [dimensions.time, words.time],
    [dimensions.price, (draft) => words.amount(draft.maxMicroUsdPerDeviceHour, draft)],
    [dimensions.cap, (draft) => words.amount(draft.spendingCapMicroUsd, draft)],
  ];
  return said.flatMap(([what, say]) => (say(from) === say(to) ? [] : [text.change(what, say(from), say(to))]));
}
