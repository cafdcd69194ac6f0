/** The first page of an operator: supply now, live clusters, revenue, and what needs attention. */
import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { readinessSteps } from '@muster/common/vocabulary';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { Empty, Lines, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { TextLink } from '../../design/links.tsx';
import { useNow } from '../../design/now.ts';
import { Page, Section, Stats } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge, ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import type { Tone } from '../../design/theme.ts';
import { Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { stateOf } from './attestation-state.ts';
import {
  attestationsQuery,
  clustersQuery,
  deadLettersQuery,
  healthQuery,
  invariantsQuery,
  networkQuery,
} from './queries.ts';
import { byModel, type ModelSupply } from './sums.ts';
import { SupplySwitch, useSupply } from './supply-switch.tsx';
import { CheckedAt, OrganizationLink, useModelName } from './things.tsx';
import { useFleet } from './use-fleet.ts';

export function Overview() {
  const text = useText('admin').overview;
  const { simulated } = useSupply();
  return (
    <Page
      title={text.title}
      heading={
        <Group gap="sm" component="span">
          {text.title}
          {simulated && <SimulatedBadge />}
        </Group>
      }
      actions={<SupplySwitch />}
    >
      <Numbers />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Attention />
        <Ladder />
      </SimpleGrid>
      <SupplyByModel />
      <LiveClusters />
    </Page>
  );
}

/** Revenue is what the days of the public numbers say: of this day and of this month, in UTC. */
function Numbers() {
  const text = useText('admin').overview;
  const format = useFormat();
  const { simulated } = useSupply();
  const currency = simulated ? 'SIM' : 'USD';
  const network = useQuery(networkQuery(simulated));
  const clusters = useInfiniteQuery(clustersQuery({ live: true }));
  const live = clusters.data?.filter((cluster) => cluster.simulated === simulated).length;
  return (
    <Loaded query={network} skeleton={<Lines count={3} />}>
      {({ devices, days }) => {
        const hired = devices.reduce((sum, each) => sum + each.hired, 0);
        const idle = devices.reduce((sum, each) => sum + each.idle, 0);
        const today = days.at(-1);
        const month = days.filter(({ day }) => day.slice(0, 7) === today?.day.slice(0, 7));
        const revenue = month.reduce((sum, { revenueMicroUsd }) => sum + BigInt(revenueMicroUsd), 0n);
        return (
          <Stats
            of={[
              [
                text.readyDevices,
                format.number(hired + idle),
                text.hiredAndIdle(format.number(hired), format.number(idle)),
              ],
              [
                text.utilisation,
                hired + idle === 0 ? '–' : format.percent(hired / (hired + idle)),
                text.utilisationHint,
              ],
              [
                text.liveClusters,
                live === undefined ? '–' : `${format.number(live)}${clusters.hasNextPage ? '+' : ''}`,
                text.createdToday(today?.clustersCreated ?? 0),
              ],
              [
                text.revenueToday,
                <Money key="today" micro={today?.revenueMicroUsd ?? '0'} currency={currency} digits={2} />,
                <span key="month">
                  {text.thisMonth} <Money micro={revenue} currency={currency} digits={2} />
                </span>,
              ],
            ]}
          />
        );
      }}
    </Loaded>
  );
}

/** What an operator should look at, each with the page where it is. */
function Attention() {
  const text = useText('admin').overview;
  const now = useNow();
  const { simulated } = useSupply();
  const fleet = useFleet();
  const letters = useInfiniteQuery(deadLettersQuery);
  const health = useQuery(healthQuery);
  const attestations = useQuery(attestationsQuery());
  const invariants = useQuery({ ...invariantsQuery, enabled: false });

  // Of the supply that the page tells of: real and simulated workers are never counted together.
  const workers = fleet.data?.filter((worker) => worker.simulated === simulated);
  const down = workers?.filter(({ status }) => status === 'down').length;
  const blocked = workers?.filter(({ status }) => status === 'blocked').length;
  const those = { 'fleet.simulated': String(simulated) };
  const failing = health.data?.components.filter(({ ok }) => !ok).map(({ name }) => name);
  const expiring = attestations.data?.filter((each) => stateOf(each, now) === 'expiring').length;
  const broken = invariants.data?.filter(({ held }) => !held).length;

  return (
    <Section title={text.attention}>
      <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }} aria-live="polite">
        <Check of={failing?.length} bad="bad" error={health.error}>
          <TextLink to="/admin/health">{text.health(failing?.length ?? 0)}</TextLink>{' '}
          {failing && failing.length > 0 && <Text span>({failing.join(', ')})</Text>}
        </Check>
        <Check of={letters.data?.length} bad="bad" error={letters.error}>
          <TextLink to="/admin/dead-letters">
            {text.deadLetters(letters.data?.length ?? 0)}
            {letters.hasNextPage && '+'}
          </TextLink>
        </Check>
        <Check of={down} bad="warn" error={fleet.error}>
          <TextLink to="/admin/fleet" search={{ 'fleet.status': 'down', ...those }}>
            {text.down(down ?? 0)}
          </TextLink>
        </Check>
        {blocked !== undefined && blocked > 0 && (
          <Check of={blocked} bad="warn" error={null}>
            <TextLink to="/admin/fleet" search={{ 'fleet.status': 'blocked', ...those }}>
              {text.blocked(blocked)}
            </TextLink>
          </Check>
        )}
        <Check of={expiring} bad="warn" error={attestations.error}>
          <TextLink to="/admin/attestations" search={{ 'attestations.state': 'expiring' }}>
            {text.expiring(expiring ?? 0)}
          </TextLink>
        </Check>
        <Check of={broken} bad="bad" error={invariants.error} unknown={text.notChecked}>
          {broken === undefined ? (
            text.invariants
          ) : (
            <>
              <TextLink to="/admin/invariants">{text.broken(broken)}</TextLink> <CheckedAt query={invariants} />
            </>
          )}{' '}
          <Button
            size="compact-xs"
            variant="default"
            loading={invariants.isFetching}
            onClick={() => void invariants.refetch()}
          >
            {text.checkInvariants}
          </Button>
        </Check>
      </Stack>
    </Section>
  );
}

interface CheckProps {
  /** How many there are; undefined while that is not known. */
  of: number | undefined;
  bad: Tone;
  error: Error | null;
  /** What it says while nothing is known, when nobody has asked yet. */
  unknown?: string;
  children: ReactNode;
}

function Check({ of, bad, error, unknown, children }: CheckProps) {
  const text = useText('admin').overview;
  const common = useText('common');
  const badge =
    of === undefined ? (
      <ToneBadge
        tone={error ? 'bad' : 'idle'}
        word={error ? text.notAnswered : (unknown ?? common.loading)}
        reason={error?.message}
      />
    ) : of === 0 ? (
      <ToneBadge tone="good" word={text.well} />
    ) : (
      <ToneBadge tone={bad} word={text.look} />
    );
  return (
    <Group component="li" gap="xs" wrap="nowrap" align="flex-start">
      <div style={{ flexShrink: 0 }}>{badge}</div>
      <Text component="div">{children}</Text>
    </Group>
  );
}

/** Workers by readiness: counts of a ladder, never added together. */
function Ladder() {
  const text = useText('admin').overview;
  const format = useFormat();
  const { simulated } = useSupply();
  const network = useQuery(networkQuery(simulated));
  return (
    <Section title={text.ladder}>
      <Loaded query={network}>
        {({ workersByReadiness }) => (
          <Stack component="ol" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
            {readinessSteps.map((step) => (
              <Group component="li" key={step} justify="space-between">
                <StateBadge of="readiness" state={step} />
                <TextLink to="/admin/fleet" search={{ 'fleet.readiness': step, 'fleet.simulated': String(simulated) }}>
                  {text.workers(workersByReadiness.find(({ readiness }) => readiness === step)?.workers ?? 0, format)}
                </TextLink>
              </Group>
            ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function SupplyByModel() {
  const text = useText('admin').overview;
  const { tableOf } = useText('admin').things;
  const format = useFormat();
  const modelName = useModelName();
  const { simulated } = useSupply();
  const network = useQuery(networkQuery(simulated));
  const columns = useMemo(
    (): Column<ModelSupply>[] => [
      { id: 'model', header: text.model, value: ({ modelId }) => modelName(modelId) },
      { id: 'ready', header: text.ready, width: 90, value: ({ hired, idle }) => hired + idle, align: 'right' },
      { id: 'hired', header: text.hired, width: 90, value: ({ hired }) => hired, align: 'right' },
      { id: 'idle', header: text.idle, width: 90, value: ({ idle }) => idle, align: 'right', from: 'sm' },
      {
        id: 'utilisation',
        header: text.utilisation,
        value: ({ hired, idle }) => hired / (hired + idle),
        cell: ({ hired, idle }) => format.percent(hired / (hired + idle)),
        align: 'right',
        width: 120,
      },
      {
        id: 'countries',
        header: text.countries,
        width: 110,
        value: ({ countries }) => countries,
        align: 'right',
        from: 'sm',
      },
    ],
    [text, format, modelName],
  );
  return (
    <Section title={text.supplyNow}>
      <Loaded query={network}>
        {({ devices }) => (
          <DataTable
            id="supply"
            label={tableOf(text.supplyNow)}
            rows={byModel(devices)}
            columns={columns}
            rowId={({ modelId }) => modelId}
            rowLink={({ modelId }) => ({
              to: '/admin/supply',
              search: { model: modelId, supply: simulated ? 'simulated' : undefined },
            })}
            sort="-ready"
            maxHeight={400}
            empty={<Empty title={text.noSupply}>{text.noSupplyHint}</Empty>}
          />
        )}
      </Loaded>
    </Section>
  );
}

/** The newest of those that live. */
function LiveClusters() {
  const text = useText('admin').overview;
  const { simulated } = useSupply();
  const clusters = useInfiniteQuery(clustersQuery({ live: true }));
  return (
    <Section title={text.liveClusters} actions={<TextLink to="/admin/clusters">{text.allClusters}</TextLink>}>
      <Loaded query={clusters}>
        {(all) => {
          const rows = all.filter((cluster) => cluster.simulated === simulated).slice(0, newest);
          return rows.length === 0 ? (
            <Empty title={text.noClusters} />
          ) : (
            <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
              {rows.map((cluster) => (
                <Group component="li" key={cluster.id} gap="sm">
                  <StateBadge of="cluster" state={cluster.state} />
                  <TextLink to="/admin/clusters/$clusterId" params={{ clusterId: cluster.id }}>
                    {cluster.name}
                  </TextLink>
                  <OrganizationLink id={cluster.organizationId} />
                  <Money micro={cluster.priceMicroUsdPerHour} currency={cluster.currency} per="hour" />
                  <Instant at={cluster.createdAt} />
                </Group>
              ))}
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}
const newest = 10;
