/** One cluster as an operator sees it: what was asked, what it holds, what happened, and stopping it in the operator's name. */

import { Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Actor } from '../../app/actor.tsx';
import { api } from '../../app/api.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { useFormat } from '../../design/format.ts';
import { ButtonLink } from '../../design/links.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Id, Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { clusterQuery, leasesQuery, timelineQuery } from './queries.ts';
import { OrganizationLink, PoolName, useModelName, WorkerLink } from './things.tsx';

type Cluster = Schemas['Cluster'];

/** States from which nothing can be stopped any more. */
const ended = new Set<Cluster['state']>(['terminating', 'terminated', 'unfulfilled', 'failed', 'expired']);

export function ClusterPage() {
  const { clusterId = '' } = useParams({ strict: false });
  const text = useText('admin').cluster;
  const cluster = useQuery(clusterQuery(clusterId));
  const { data } = cluster;
  return (
    <Page
      title={data?.name ?? text.title}
      heading={
        <Group gap="sm" component="span">
          {data?.name ?? text.title}
          {data && <StateBadge of="cluster" state={data.state} reason={data.endedBecause} />}
          {data?.simulated && <SimulatedBadge />}
        </Group>
      }
      lead={<Id id={clusterId} />}
      actions={
        <>
          <ButtonLink to="/admin/ledger" search={{ clusterId }} size="xs" variant="default">
            {text.ledger}
          </ButtonLink>
          {data && <Terminate cluster={data} />}
        </>
      }
    >
      <Loaded query={cluster}>
        {(each) => (
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Life cluster={each} />
            <Asked cluster={each} />
          </SimpleGrid>
        )}
      </Loaded>
      <Leases clusterId={clusterId} />
      <Timeline clusterId={clusterId} />
    </Page>
  );
}

function Terminate({ cluster }: { cluster: Cluster }) {
  const text = useText('admin').cluster;
  const common = useText('common');
  const { workers, devicesPerWorker } = cluster;
  if (!useMay('operator:write') || ended.has(cluster.state)) return null;
  return (
    <DialogForm
      label={text.terminate}
      title={text.terminateTitle(cluster.name)}
      danger
      lost={[
        text.lostWorkers(common.workers(workers), common.devices(workers * devicesPerWorker)),
        text.lostTasks,
        text.lostData,
      ]}
      initial={{ reason: '' }}
      required={['reason']}
      done={text.terminating(cluster.name)}
      renews={[
        ['admin', 'cluster'],
        ['admin', 'clusters'],
        ['admin', 'leases'],
        ['admin', 'timeline'],
      ]}
      act={(body, key) =>
        answer(
          api.internal.POST('/clusters/{clusterId}/terminate', {
            params: { path: { clusterId: cluster.id }, header: { 'Idempotency-Key': key } },
            body,
          }),
        )
      }
    >
      {({ field }) => (
        <>
          <Text size="sm">{text.terminateHint}</Text>
          <TextInput label={text.reason} description={text.reasonHint} {...field('reason')} />
        </>
      )}
    </DialogForm>
  );
}

function Life({ cluster }: { cluster: Cluster }) {
  const text = useText('admin').cluster;
  const common = useText('common');
  return (
    <Section title={text.life}>
      <Facts
        of={[
          [text.organization, <OrganizationLink key="organization" id={cluster.organizationId} />],
          [text.kind, common.kinds[cluster.kind]],
          [
            text.price,
            <Money key="price" micro={cluster.priceMicroUsdPerHour} currency={cluster.currency} per="hour" />,
          ],
          [text.pool, cluster.poolId ? <PoolName key="pool" id={cluster.poolId} /> : common.none],
          [text.created, <Instant key="created" at={cluster.createdAt} />],
          [text.stateSince, <Instant key="state" at={cluster.stateAt} />],
          [text.runningSince, <Instant key="running" at={cluster.runningSince} none={common.never} />],
          [text.endsAt, <Instant key="ends" at={cluster.endsAt} none={text.untilStopped} />],
          ...(cluster.graceUntil
            ? [[text.graceUntil, <Instant key="grace" at={cluster.graceUntil} />] as [string, React.ReactNode]]
            : []),
          ...(cluster.endedAt
            ? ([
                [text.endedAt, <Instant key="ended" at={cluster.endedAt} />],
                [text.endedBecause, cluster.endedBecause ?? common.unknown],
              ] as [string, React.ReactNode][])
            : []),
        ]}
      />
    </Section>
  );
}

/** The request, but for what holds at its default. */
function Asked({ cluster }: { cluster: Cluster }) {
  const text = useText('admin').cluster;
  const common = useText('common');
  const format = useFormat();
  const modelName = useModelName();
  const { request, autoscaling, idleShutdownSeconds, currency } = cluster;
  const places = [
    ...(request.location?.countries ?? []).map(format.country),
    ...(request.location?.regions ?? []).map((region) => (common.regions as Record<string, string>)[region] ?? region),
  ];
  const together = [
    request.connectivity?.oneSite && text.oneSite,
    request.connectivity?.oneNetworkDomain && text.oneNetworkDomain,
  ].filter(Boolean);
  const { maxMicroUsdPerDeviceHour, spendingCapMicroUsd } = request.priceGuard ?? {};
  const facts: [string, React.ReactNode][] = [
    [text.processor, request.processor.modelIds.map(modelName).join(', ')],
    [text.workers, text.workersOf(common.workers(cluster.workers), common.devices(cluster.devicesPerWorker))],
    [text.location, places.join(', ') || text.anywhere],
    [text.connectivity, [common.connectivityTiers[request.connectivity?.tier ?? 'low'], ...together].join(', ')],
    [text.compliance, (request.compliance ?? []).map((each) => common.compliances[each]).join(', ') || common.none],
    [text.serviceTier, request.serviceTier ? common.serviceTiers[request.serviceTier] : text.anyTier],
    [text.time, request.time?.hours ? format.duration(request.time.hours * 3_600) : text.untilStopped],
  ];
  if (request.image) facts.push([text.image, request.image]);
  if (maxMicroUsdPerDeviceHour)
    facts.push([
      text.mostPrice,
      <Money key="most" micro={maxMicroUsdPerDeviceHour} currency={currency} per="deviceHour" />,
    ]);
  if (spendingCapMicroUsd)
    facts.push([text.spendingCap, <Money key="cap" micro={spendingCapMicroUsd} currency={currency} />]);
  if (autoscaling) facts.push([text.autoscaling, text.between(autoscaling.minWorkers, autoscaling.maxWorkers)]);
  if (idleShutdownSeconds) facts.push([text.idleShutdown, format.duration(idleShutdownSeconds)]);
  return (
    <Section title={text.asked}>
      <Facts of={facts} />
    </Section>
  );
}

type Lease = Schemas['Lease'];

function Leases({ clusterId }: { clusterId: string }) {
  const text = useText('admin').cluster;
  const { tableOf } = useText('admin').things;
  const common = useText('common');
  const modelName = useModelName();
  const leases = useQuery(leasesQuery(clusterId));
  const columns = useMemo(
    (): Column<Lease>[] => [
      { id: 'rank', header: text.rank, value: ({ rank }) => rank, align: 'right', width: 70 },
      {
        id: 'worker',
        header: text.worker,
        value: ({ workerId }) => workerId,
        cell: ({ workerId }) => <WorkerLink id={workerId} />,
      },
      {
        id: 'state',
        header: text.state,
        value: ({ state }) => state,
        cell: ({ state, outcome }) => (
          <StateBadge of="lease" state={state} reason={outcome && text.outcomes[outcome]} />
        ),
        facet: (state) => common.leaseStates[state as Lease['state']],
      },
      {
        id: 'outcome',
        header: text.outcome,
        value: ({ outcome }) => outcome && text.outcomes[outcome],
        facet: true,
        from: 'sm',
      },
      { id: 'model', header: text.model, value: ({ modelId }) => modelName(modelId), width: 180, from: 'sm' },
      { id: 'devices', header: text.devices, value: ({ devices }) => devices, align: 'right', width: 90 },
      {
        id: 'country',
        header: text.country,
        value: ({ country }) => country,
        cell: ({ country }) => <Country code={country} />,
        from: 'md',
      },
      {
        id: 'price',
        header: text.deviceHour,
        width: 190,
        value: ({ priceMicroUsdPerDeviceHour }) => BigInt(priceMicroUsdPerDeviceHour),
        cell: ({ priceMicroUsdPerDeviceHour, currency }) => (
          <Money micro={priceMicroUsdPerDeviceHour} currency={currency} />
        ),
        align: 'right',
        from: 'sm',
      },
      {
        id: 'held',
        header: text.held,
        value: ({ heldAt }) => heldAt,
        cell: ({ heldAt }) => <Instant at={heldAt} />,
        from: 'md',
      },
      {
        id: 'released',
        header: text.released,
        value: ({ releasedAt }) => releasedAt,
        cell: ({ releasedAt }) => <Instant at={releasedAt} />,
        from: 'md',
      },
    ],
    [text, common, modelName],
  );
  return (
    <Section title={text.leases}>
      <Loaded query={leases}>
        {(rows) => (
          <DataTable
            id="leases"
            label={tableOf(text.leases)}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            sort="rank"
            maxHeight={400}
            empty={<Empty title={text.noLeases} />}
          />
        )}
      </Loaded>
    </Section>
  );
}

/** What happened, newest first: what one looks for is why it is as it is. */
function Timeline({ clusterId }: { clusterId: string }) {
  const text = useText('admin').cluster;
  const timeline = useQuery(timelineQuery(clusterId));
  return (
    <Section title={text.timeline}>
      <Loaded query={timeline} empty={<Empty title={text.noEvents} />}>
        {(events) => (
          <Stack component="ol" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
            {events.toReversed().map(({ id, at, type, state, reason, actorId }) => (
              <Group component="li" key={id} gap="sm" align="baseline" wrap="wrap">
                <Text span size="sm" miw={130}>
                  <Instant at={at} />
                </Text>
                {state ? (
                  <StateBadge of="cluster" state={state} />
                ) : (
                  <Text span size="sm">
                    {type}
                  </Text>
                )}
                <Text span flex="1 1 16rem">
                  {reason}
                </Text>
                <Text span size="sm">
                  <Actor id={actorId} />
                </Text>
              </Group>
            ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
