/** Giving a cluster more workers, or fewer: what it costs then, or why they are not to be had. */
import { Alert, NumberInput, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { answer, type Schemas } from '@muster/contract/client';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../app/api.ts';
import { useIntents } from '../../../app/intents.ts';
import { Failure, Lines } from '../../../design/answers.tsx';
import { Facts } from '../../../design/page.tsx';
import { Money, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { ChangeDialog } from './change-dialog.tsx';
import classes from './cluster.module.css';
import { type Cluster, leasesQuery } from './queries.ts';

const mostWorkers = 1_000;
const typingPauseMs = 300;

/** What so many workers more, like those it has, would cost. */
const moreQuery = (cluster: Cluster, workers: number) =>
  queryOptions({
    queryKey: ['cluster', cluster.id, 'more', workers],
    meta: { live: ['market'] },
    queryFn: ({ signal }) => {
      const { name: _, autoscaling: __, ...like } = cluster.request;
      const body = { ...like, workers } as Schemas['ClusterRequest'];
      return answer(api.public.POST('/quotes/preview', { body, signal }));
    },
  });

export function Scale({ cluster, close }: { cluster: Cluster; close: () => void }) {
  const text = useText('console').cluster.scale;
  const keyOf = useIntents();
  const [workers, setWorkers] = useState<number | string>(cluster.workers);
  const [asked] = useDebouncedValue(workers, typingPauseMs);
  const valid = typeof workers === 'number' && Number.isInteger(workers) && workers >= 1 && workers !== cluster.workers;
  return (
    <ChangeDialog
      title={text.title}
      action={text.action(Number(workers))}
      disabled={!valid}
      close={close}
      change={() => {
        const body = { workers: Number(workers) };
        return answer(
          api.public.POST('/clusters/{clusterId}/scale', {
            params: { path: { clusterId: cluster.id }, header: { 'Idempotency-Key': keyOf(body) } },
            body,
          }),
        );
      }}
    >
      <NumberInput
        label={text.workers}
        value={workers}
        onChange={setWorkers}
        min={1}
        max={mostWorkers}
        allowDecimal={false}
        data-autofocus
        required
      />
      <Facts
        of={[
          [text.now, <Money key="now" micro={cluster.priceMicroUsdPerHour} currency={cluster.currency} per="hour" />],
        ]}
      />
      <div aria-live="polite">
        {valid && Number(asked) > cluster.workers && <More cluster={cluster} count={Number(asked) - cluster.workers} />}
        {valid && Number(asked) < cluster.workers && (
          <Fewer cluster={cluster} count={cluster.workers - Number(asked)} />
        )}
      </div>
    </ChangeDialog>
  );
}

function More({ cluster, count }: { cluster: Cluster; count: number }) {
  const text = useText('console').cluster.scale;
  const { data, error } = useQuery(moreQuery(cluster, count));
  if (error) return <Failure error={error} />;
  if (!data) return <Lines count={2} />;
  if (!data.estimate) {
    return (
      <Alert title={text.refused} classNames={{ root: classes.warning!, title: classes.warningTitle! }}>
        <Text size="sm">{data.refusal?.summary}</Text>
      </Alert>
    );
  }
  const { priceMicroUsdPerHour, currency } = data.estimate;
  return (
    <>
      <Facts
        of={[
          [text.more(count), <Money key="more" micro={priceMicroUsdPerHour} currency={currency} per="hour" />],
          [
            text.after,
            <Money
              key="after"
              micro={BigInt(priceMicroUsdPerHour) + BigInt(cluster.priceMicroUsdPerHour)}
              currency={currency}
              per="hour"
            />,
          ],
        ]}
      />
      <Quiet>{text.estimate}</Quiet>
    </>
  );
}

/** The workers of the highest ranks go first. */
function Fewer({ cluster, count }: { cluster: Cluster; count: number }) {
  const text = useText('console').cluster.scale;
  const { data: leases } = useQuery(leasesQuery(cluster.id));
  const gone = leases
    ?.filter(({ releasedAt, rank }) => releasedAt === null && rank >= cluster.workers - count)
    .reduce((sum, lease) => sum + BigInt(lease.priceMicroUsdPerDeviceHour) * BigInt(lease.devices), 0n);
  return (
    <>
      {gone !== undefined && (
        <Facts
          of={[
            [
              text.after,
              <Money
                key="after"
                micro={BigInt(cluster.priceMicroUsdPerHour) - gone}
                currency={cluster.currency}
                per="hour"
              />,
            ],
          ]}
        />
      )}
      <Text size="sm">
        {text.fewer(count)}. {text.lost}
      </Text>
    </>
  );
}
