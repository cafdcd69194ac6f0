/** The workers of a cluster, on the map and one by one: what each is, where, and what it costs. */

import { Group, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParameter } from '../../../app/address.ts';
import { modelsById } from '../../../app/catalogue.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { useFormat } from '../../../design/format.ts';
import { Section } from '../../../design/page.tsx';
import { StateBadge } from '../../../design/states.tsx';
import { Country, Id, Money, Quiet } from '../../../design/values.tsx';
import { WorldMap } from '../../../design/world-map.tsx';
import { useText } from '../../../messages/index.ts';
import classes from './cluster.module.css';
import { hasEnded } from './life.ts';
import { type Cluster, type Lease, leasesQuery } from './queries.ts';

const mapHeight = 260;

export function Workers({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.workers;
  const query = useQuery(leasesQuery(cluster.id));
  const [which, setWhich] = useParameter('workers');
  // One that has ended holds none: those that it held are shown.
  const all = which === 'all' || hasEnded(cluster);
  const past = query.data?.some(({ releasedAt }) => releasedAt !== null) && !hasEnded(cluster);
  return (
    <Section
      title={text.title}
      actions={
        past && (
          <Switch
            label={text.past}
            checked={all}
            onChange={(event) => setWhich(event.currentTarget.checked ? 'all' : null)}
          />
        )
      }
    >
      <Loaded query={query} empty={<Empty title={text.empty} />}>
        {(leases) => {
          const shown = leases
            .filter(({ releasedAt }) => all || releasedAt === null)
            .sort((left, right) => left.rank - right.rank);
          return shown.length === 0 ? (
            <Empty title={text.empty} />
          ) : (
            <Stack>
              <Places leases={shown} simulated={cluster.simulated} />
              <ul className={classes.grid}>
                {shown.map((lease) => (
                  <Worker key={lease.id} lease={lease} />
                ))}
              </ul>
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Places({ leases, simulated }: { leases: Lease[]; simulated: boolean }) {
  const text = useText('console').cluster.workers;
  const format = useFormat();
  const places = [...Map.groupBy(leases, ({ country }) => country)].map(([country, there]) => ({
    country,
    value: there.length,
    label: text.place(format.country(country), there.length),
    simulated,
  }));
  return <WorldMap label={text.map} places={places} height={mapHeight} />;
}

function Worker({ lease }: { lease: Lease }) {
  const text = useText('console').cluster.workers;
  const common = useText('common');
  const { data: models } = useQuery(modelsById);
  return (
    <li className={classes.worker}>
      <Group justify="space-between" gap={4}>
        <Text fw={600} size="sm">
          {text.rank} {lease.rank}
        </Text>
        <StateBadge of="lease" state={lease.state} reason={lease.outcome && text.outcomes[lease.outcome]} />
      </Group>
      <Text size="sm">
        {lease.devices} × {models?.get(lease.modelId)?.name ?? lease.modelId}
      </Text>
      <Text size="sm">
        <Country code={lease.country} /> · {(common.regions as Record<string, string>)[lease.region] ?? lease.region}
      </Text>
      <Text size="sm">
        <Money micro={lease.priceMicroUsdPerDeviceHour} currency={lease.currency} per="deviceHour" />
      </Text>
      <Quiet>
        <Id id={lease.workerId} short />
      </Quiet>
    </li>
  );
}
