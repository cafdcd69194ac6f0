/** What a cluster would cost and consist of: the same for an estimate and for a quote. */

import { Button, Text } from '@mantine/core';
import type { Currency } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { modelsById } from '../../../app/catalogue.ts';
import { useFormat } from '../../../design/format.ts';
import { SimulatedBadge } from '../../../design/states.tsx';
import { Country, Money, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { balanceQuery } from '../billing/queries.ts';
import classes from './wizard.module.css';
import { useWords } from './words-for.ts';

const hoursPerDay = 24n;
const daysPerMonth = 30n;

interface PriceProps {
  priceMicroUsdPerHour: string;
  currency: Currency;
  hours: number | undefined;
}

/** Per hour, and for the time asked for; per day and 30 days when it runs until it is stopped. */
export function Price({ priceMicroUsdPerHour, currency, hours }: PriceProps) {
  const text = useText('wizard').quote;
  const words = useWords();
  const perHour = BigInt(priceMicroUsdPerHour);
  const amounts: [string, bigint][] =
    hours === undefined
      ? [
          [text.perDay, perHour * hoursPerDay],
          [text.perMonth, perHour * hoursPerDay * daysPerMonth],
        ]
      : [[text.total(words.hours(hours)), perHour * BigInt(hours)]];
  return (
    <div>
      <Quiet>
        {text.perHour} {currency === 'SIM' && <SimulatedBadge />}
      </Quiet>
      <div className={classes.price}>
        <Money micro={perHour} currency={currency} />
      </div>
      <dl className={classes.amounts}>
        {amounts.map(([name, amount]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>
              <Money micro={amount} currency={currency} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The rest is shown when asked for. */
const mostGroups = 5;

interface QuotedWorkersProps {
  workers: readonly Schemas['QuotedWorker'][];
  currency: Currency;
}

/** The workers by what they are: those alike, at one price, are one line. */
export function QuotedWorkers({ workers, currency }: QuotedWorkersProps) {
  const text = useText('wizard').quote;
  const common = useText('common');
  const { data: models } = useQuery(modelsById);
  const [all, setAll] = useState(false);
  const groups = [...Map.groupBy(workers, (worker) => JSON.stringify(worker))];
  const shown = all ? groups : groups.slice(0, mostGroups);
  return (
    <>
      <ul className={classes.list} aria-label={text.workers}>
        {shown.map(([key, alike]) => {
          const worker = alike[0]!;
          const compliance = worker.compliance.map((each) => common.compliances[each]);
          return (
            <li key={key}>
              <Text size="sm">
                {text.group(alike.length, worker.devices)} <b>{models?.get(worker.modelId)?.name ?? worker.modelId}</b>,{' '}
                <Country code={worker.country} />
              </Text>
              <Quiet>
                <Money micro={worker.priceMicroUsdPerDeviceHour} currency={currency} per="deviceHour" />
                {[
                  ...(worker.connectivityTier ? [common.connectivityTiers[worker.connectivityTier]] : []),
                  common.serviceTiers[worker.serviceTier],
                  ...compliance,
                ]
                  .map((each) => ` · ${each}`)
                  .join('')}
              </Quiet>
            </li>
          );
        })}
      </ul>
      {shown.length < groups.length && (
        <Button variant="default" size="xs" mt="xs" onClick={() => setAll(true)}>
          {text.moreGroups(groups.length - shown.length)}
        </Button>
      )}
    </>
  );
}

/** Whether the balance covers an hour, and what happens if not. For who may see the balance. */
export function Coverage({ priceMicroUsdPerHour, currency }: Omit<PriceProps, 'hours'>) {
  const text = useText('wizard').quote;
  const format = useFormat();
  const { data: balance } = useQuery({ ...balanceQuery, enabled: currency !== 'SIM' });
  if (currency === 'SIM') return <Quiet>{text.simBalance}</Quiet>;
  if (!balance) return null;
  const free = BigInt(balance.balanceMicroUsd);
  const perHour = BigInt(priceMicroUsdPerHour);
  const missing = perHour - free;
  return (
    <Text size="sm">
      {text.balance}: <Money micro={free} currency={balance.currency} />.{' '}
      {missing > 0n
        ? text.notCovered(format.money(missing, balance.currency))
        : perHour > 0n && text.covered(format.duration(Number((free * 3_600n) / perHour)))}
    </Text>
  );
}
