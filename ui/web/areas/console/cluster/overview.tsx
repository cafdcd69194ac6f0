/** The overview of a cluster: what is going on while it comes up, its workers, its timeline, and what was asked for. */

import { Group, SegmentedControl, Stack, Stepper, Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { Actor } from '../../../app/actor.tsx';
import { useParameter } from '../../../app/address.ts';
import { modelsById } from '../../../app/catalogue.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { useFormat } from '../../../design/format.ts';
import { Facts, Section } from '../../../design/page.tsx';
import { Country, Id, Instant, Money, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import classes from './cluster.module.css';
import { hasEnded, isBare, isComingUp } from './life.ts';
import { type Cluster, leasesQuery, timelineQuery } from './queries.ts';
import { Workers } from './workers.tsx';

export function Overview({ cluster }: { cluster: Cluster }) {
  return (
    <Stack>
      {isComingUp(cluster) && <Progress cluster={cluster} />}
      {hasEnded(cluster) && <Ended cluster={cluster} />}
      <Workers cluster={cluster} />
      <div className={classes.columns}>
        <Timeline cluster={cluster} />
        <Request cluster={cluster} />
      </div>
    </Stack>
  );
}

const steps = ['requested', 'assembling', 'provisioning', 'running'] as const;

/** How far a cluster has come that does not run yet, and what it waits for. */
function Progress({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.progress;
  const { data: events } = useQuery(timelineQuery(cluster.id));
  const { data: leases } = useQuery(leasesQuery(cluster.id));
  const last = events?.at(-1);
  const active = leases?.filter(({ state }) => state === 'active').length ?? 0;
  return (
    <Section title={text.title}>
      <Stepper active={steps.indexOf(cluster.state as (typeof steps)[number])} size="sm" orientation="vertical">
        {steps.map((step) => (
          <Stepper.Step key={step} label={text.steps[step]} loading={step === cluster.state} />
        ))}
      </Stepper>
      <div aria-live="polite">
        {last && (
          <Text size="sm">
            {last.reason} · <Instant at={last.at} />
          </Text>
        )}
        {cluster.state === 'provisioning' && <Text size="sm">{text.waiting(active, cluster.workers)}</Text>}
      </div>
      <Quiet>{text.free}</Quiet>
    </Section>
  );
}

function Ended({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.ended;
  const { state } = cluster;
  return <Text>{state === 'unfulfilled' || state === 'unpaid' ? text[state] : text.logs}</Text>;
}

function Timeline({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.timeline;
  const [order, setOrder] = useParameter('order');
  const oldestFirst = order === 'oldest';
  const query = useQuery(timelineQuery(cluster.id));
  return (
    <Section
      title={text.title}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={text.order}
          value={oldestFirst ? 'oldest' : 'newest'}
          onChange={(to) => setOrder(to === 'oldest' ? to : null)}
          data={[
            { value: 'newest', label: text.newest },
            { value: 'oldest', label: text.oldest },
          ]}
        />
      }
    >
      <Loaded query={query} empty={<Empty title={text.empty} />}>
        {(events) => (
          <ol className={classes.timeline} reversed={!oldestFirst}>
            {(oldestFirst ? events : events.toReversed()).map((event) => (
              <TimelineEvent key={event.id} event={event} />
            ))}
          </ol>
        )}
      </Loaded>
    </Section>
  );
}

function TimelineEvent({ event }: { event: Schemas['Event'] }) {
  const text = useText('console').cluster.timeline;
  const format = useFormat();
  const type = event.type.replace(/^cluster\./, '');
  // Steps of its life stand out from what happens within one.
  const step = type === event.state;
  return (
    <li className={classes.event} {...(step && { 'data-state': event.state })}>
      <Group justify="space-between" gap={4} align="baseline">
        <Text fw={600} size="sm">
          {text.types[type] ?? type}
        </Text>
        <Quiet>
          <time dateTime={event.at}>{format.instant(event.at)}</time>
        </Quiet>
      </Group>
      <Text size="sm">{event.reason}</Text>
      <Quiet>
        <Actor id={event.actorId} />
      </Quiet>
    </li>
  );
}

/** What was asked for, as it was; the environment is never shown again. */
function Request({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const common = useText('common');
  const format = useFormat();
  const { data: models } = useQuery(modelsById);
  const { request } = cluster;
  const { countries = [], regions = [] } = request.location ?? {};
  const facts: [string, React.ReactNode][] = [
    [text.facts.id, <Id key="id" id={cluster.id} />],
    [text.facts.created, <Instant key="created" at={cluster.createdAt} />],
    [text.facts.running, <Instant key="running" at={cluster.runningSince} />],
    [text.facts.kind, isBare(cluster) ? text.facts.bare : common.kinds[cluster.kind]],
    [text.facts.image, isBare(cluster) ? text.facts.noImage : request.image],
    [text.facts.models, request.processor.modelIds.map((id) => models?.get(id)?.name ?? id).join(', ')],
    [text.facts.devicesPerWorker, format.number(cluster.devicesPerWorker)],
    [
      text.facts.location,
      countries.length + regions.length === 0 ? (
        text.facts.anywhere
      ) : (
        <Group key="location" gap="xs">
          {countries.map((code) => (
            <Country key={code} code={code} />
          ))}
          {regions.map((region) => (common.regions as Record<string, string>)[region] ?? region).join(', ')}
        </Group>
      ),
    ],
  ];
  if (request.connectivity?.tier)
    facts.push([text.facts.connectivity, common.connectivityTiers[request.connectivity.tier]]);
  if (request.serviceTier) facts.push([text.facts.serviceTier, common.serviceTiers[request.serviceTier]]);
  if (request.compliance?.length)
    facts.push([text.facts.compliance, request.compliance.map((each) => common.compliances[each]).join(', ')]);
  const { maxMicroUsdPerDeviceHour, spendingCapMicroUsd } = request.priceGuard ?? {};
  if (maxMicroUsdPerDeviceHour)
    facts.push([
      text.facts.priceGuard,
      <Money key="guard" micro={maxMicroUsdPerDeviceHour} currency={cluster.currency} per="deviceHour" />,
    ]);
  if (spendingCapMicroUsd)
    facts.push([text.facts.cap, <Money key="cap" micro={spendingCapMicroUsd} currency={cluster.currency} />]);
  if (isBare(cluster)) {
    const { autoscaling, idleShutdownSeconds } = cluster;
    facts.push(
      [
        text.facts.autoscaling,
        autoscaling ? text.facts.autoscalingValue(autoscaling.minWorkers, autoscaling.maxWorkers) : text.facts.off,
      ],
      [
        text.facts.idleShutdown,
        idleShutdownSeconds === null
          ? text.facts.off
          : text.facts.idleShutdownValue(format.duration(idleShutdownSeconds)),
      ],
    );
  }
  return (
    <Section title={text.request}>
      <Facts of={facts} />
    </Section>
  );
}
