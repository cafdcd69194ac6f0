/** The balance, what the live clusters cost, and what was spent: money, and apart from it what is none. */
import { Group, Stack, Text } from '@mantine/core';
import type { Currency } from '@muster/common/money';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMay } from '../../../app/session.ts';
import { Loaded } from '../../../design/answers.tsx';
import { useFormat } from '../../../design/format.ts';
import { useNow } from '../../../design/now.ts';
import { Stats } from '../../../design/page.tsx';
import { SimulatedBadge } from '../../../design/states.tsx';
import { Money as Amount } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { balanceQuery, spendingQuery } from '../billing/queries.ts';
import { costQuery } from '../cluster/queries.ts';
import { liveClustersQuery } from '../queries.ts';
import { runningOf, type SpentNow, spentNow } from './spent-now.ts';

/** The month so far is never longer. */
const days = 31;
/** Cents are enough at a glance; the exact amount is on hover. */
const digits = 4;

export function Money() {
  const text = useText('console').overview;
  const format = useFormat();
  const now = useNow();
  const balance = useQuery(balanceQuery);
  const spending = useQuery(spendingQuery(days));
  const mayRead = useMay('clusters:read');
  const { data: clusters = [] } = useQuery({ ...liveClustersQuery, enabled: mayRead });
  const costs = useQueries({ queries: clusters.map(({ id }) => costQuery(id)) });
  const running = runningOf(
    clusters,
    costs.map(({ data }) => data),
  );
  const spent = (currency: Currency) => spentNow(currency, spending.data?.items ?? [], running, now);
  const simulated = spent('SIM');
  const live = (currency: Currency) => clusters.filter((cluster) => cluster.currency === currency).length;
  return (
    <Stack gap="sm">
      <Loaded query={balance}>
        {({ balanceMicroUsd, heldMicroUsd, lastsUntil, currency }) => (
          <Stats
            of={[
              [
                text.balance,
                <Amount key="balance" micro={balanceMicroUsd} currency={currency} digits={digits} />,
                <span key="note">
                  {heldMicroUsd !== '0' && `${text.held(format.money(heldMicroUsd, currency))}. `}
                  {lastsUntil
                    ? text.lasts(format.duration((Date.parse(lastsUntil) - now.getTime()) / 1_000))
                    : text.lastsForever}
                </span>,
              ],
              ...stats(spent('USD'), live('USD'), text),
            ]}
          />
        )}
      </Loaded>
      {(live('SIM') > 0 || simulated.month > 0n) && (
        <div>
          <Group gap="xs" mb={4}>
            <Text size="sm" fw={600}>
              {text.simulatedTitle}
            </Text>
            <SimulatedBadge />
          </Group>
          <Stats of={stats(simulated, live('SIM'), text)} />
        </div>
      )}
    </Stack>
  );
}

function stats(
  { currency, today, month, perHour, estimated }: SpentNow,
  live: number,
  text: ReturnType<typeof useText<'console'>>['overview'],
): [string, React.ReactNode, React.ReactNode][] {
  const about = (amount: bigint) => (
    <>
      {estimated && '≈ '}
      <Amount micro={amount} currency={currency} digits={digits} />
    </>
  );
  return [
    [text.burn, <Amount key="burn" micro={perHour} currency={currency} digits={digits} />, text.liveClusters(live)],
    [text.today, about(today), text.utc],
    [text.month, about(month), text.monthUtc],
  ];
}
