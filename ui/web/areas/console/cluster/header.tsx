/** The head of a cluster's page: its name, renamed in place; its state and time; its cost, which grows as one looks. */

import { ActionIcon, Group, Text, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../../app/api.ts';
import { useMay } from '../../../app/session.ts';
import { fieldErrors } from '../../../design/answers.tsx';
import { useFormat } from '../../../design/format.ts';
import { useNow } from '../../../design/now.ts';
import { Stats } from '../../../design/page.tsx';
import { SimulatedBadge, StateBadge } from '../../../design/states.tsx';
import { Instant, Money } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { costSoFar, hasEnded, isBare, isComingUp, isHiring, secondsUntil } from './life.ts';
import { type Cluster, changed, costQuery } from './queries.ts';

export function Heading({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const mayWrite = useMay('clusters:write') && isHiring(cluster);
  const [renaming, setRenaming] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const renamed = useRef(false);
  useEffect(() => {
    if (!renaming && renamed.current) button.current?.focus();
    renamed.current = renaming;
  }, [renaming]);
  if (renaming) return <Rename cluster={cluster} done={() => setRenaming(false)} />;
  return (
    <Group gap="xs" component="span">
      <span style={{ overflowWrap: 'anywhere' }}>{cluster.name}</span>
      {mayWrite && (
        <ActionIcon
          ref={button}
          variant="subtle"
          color="gray"
          aria-label={text.rename}
          onClick={() => setRenaming(true)}
        >
          <IconPencil size={18} />
        </ActionIcon>
      )}
      <StateBadge of="cluster" state={cluster.state} reason={cluster.endedBecause} />
      {cluster.simulated && <SimulatedBadge />}
    </Group>
  );
}

function Rename({ cluster, done }: { cluster: Cluster; done: () => void }) {
  const text = useText('console').cluster;
  const { actions } = useText('common');
  const [name, setName] = useState(cluster.name);
  const rename = useMutation({
    mutationFn: () =>
      answer(
        api.public.PATCH('/clusters/{clusterId}', { params: { path: { clusterId: cluster.id } }, body: { name } }),
      ),
    onSuccess: (renamed) => {
      changed(renamed);
      done();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate();
      }}
    >
      <Group gap="xs" align="flex-start">
        <TextInput
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && done()}
          aria-label={text.name}
          error={rename.error && refusalOf(rename.error)}
          autoFocus
          required
          maxLength={63}
        />
        <ActionIcon type="submit" size="lg" loading={rename.isPending} aria-label={actions.save}>
          <IconCheck size={18} />
        </ActionIcon>
        <ActionIcon size="lg" variant="default" onClick={done} aria-label={actions.cancel}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
    </form>
  );
}

function refusalOf(error: Error): string {
  return Object.values(fieldErrors(error))[0] ?? error.message;
}

/** What stands out of a cluster: how long, how much, at which price. */
export function Summary({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const common = useText('common');
  const format = useFormat();
  const mayReadCost = useMay('billing:read');
  return (
    <Stats
      of={[
        [
          text.facts.state,
          common.clusterStates[cluster.state],
          <span key="since" aria-live="polite">
            {cluster.endedBecause ? `${cluster.endedBecause} · ` : ''}
            <Instant at={cluster.stateAt} />
          </span>,
        ],
        [
          text.facts.workers,
          `${format.number(cluster.workers)} × ${format.number(cluster.devicesPerWorker)}`,
          `${isBare(cluster) ? text.facts.bare : common.kinds[cluster.kind]} · ${common.devices(cluster.workers * cluster.devicesPerWorker)}`,
        ],
        mayReadCost
          ? [text.cost.soFar, <CostValue key="cost" cluster={cluster} />, <CostNote key="note" cluster={cluster} />]
          : [
              text.cost.perHour,
              <Money key="price" micro={cluster.priceMicroUsdPerHour} currency={cluster.currency} />,
              common.perHour,
            ],
        hasEnded(cluster)
          ? [text.facts.ended, <Instant key="ended" at={cluster.endedAt} />, format.instant(cluster.endedAt!)]
          : [text.facts.ends, <Ends key="ends" cluster={cluster} />, <EndsNote key="note" cluster={cluster} />],
      ]}
    />
  );
}

function CostValue({ cluster }: { cluster: Cluster }) {
  const now = useNow();
  const { data } = useQuery(costQuery(cluster.id));
  if (!data) return <>–</>;
  const { micro, estimated } = costSoFar(cluster, data, now);
  return (
    <>
      {estimated && '≈ '}
      <Money micro={micro} currency={data.currency} />
    </>
  );
}

function CostNote({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.cost;
  const now = useNow();
  const { data } = useQuery(costQuery(cluster.id));
  const price = <Money micro={cluster.priceMicroUsdPerHour} currency={cluster.currency} per="hour" />;
  if (hasEnded(cluster) || cluster.state === 'terminating') return <>{text.nothingMore}</>;
  if (cluster.state === 'degraded') return <>{text.nothingWhileDegraded}</>;
  if (isComingUp(cluster)) {
    return (
      <>
        {price}, {text.whenRunning}
      </>
    );
  }
  const estimated = data && costSoFar(cluster, data, now).estimated;
  return (
    <>
      {price}
      {estimated && (
        <Text span display="block" size="xs">
          {text.estimate}
        </Text>
      )}
    </>
  );
}

function Ends({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.facts;
  const format = useFormat();
  const now = useNow();
  if (cluster.state === 'terminating') return <>{text.ending}</>;
  if (!cluster.endsAt) return <>–</>;
  const left = secondsUntil(cluster.endsAt, now);
  return <>{left === 0 ? text.ending : text.endsIn(format.duration(left))}</>;
}

function EndsNote({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const format = useFormat();
  const hours = cluster.request.time?.hours;
  if (cluster.state === 'terminating') return null;
  if (cluster.endsAt) return <>{format.instant(cluster.endsAt)}</>;
  if (hours === undefined) return <>{text.facts.untilStopped}</>;
  return <>{`${format.duration(hours * 3600)}, ${text.cost.whenRunning}`}</>;
}
