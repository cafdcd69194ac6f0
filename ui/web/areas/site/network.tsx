/** The public numbers: what the network has and has done, each counted from its records when it is asked. */

import { Group, SimpleGrid, Stack, Switch, Table, Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useAddress } from '../../app/address.ts';
import { modelsById } from '../../app/catalogue.ts';
import { one } from '../../app/search.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { Chart } from '../../design/chart.tsx';
import { useFormat } from '../../design/format.ts';
import { Page, Section, Stats } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Instant, Model, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { networkQuery } from './queries.ts';

type Network = Schemas['Network'];

export function NetworkPage() {
  const text = useText('site');
  const [search, change] = useAddress();
  const simulated = one(search.simulated) === 'true';
  const network = useQuery(networkQuery(simulated));
  return (
    <Page
      title={text.network.title}
      lead={text.network.lead}
      actions={
        <Group gap="xs">
          {simulated && <SimulatedBadge />}
          <Switch
            label={text.showSimulated}
            checked={simulated}
            onChange={({ currentTarget }) => change({ simulated: currentTarget.checked ? 'true' : undefined })}
          />
        </Group>
      }
    >
      <Loaded query={network}>{(data) => <Numbers network={data} />}</Loaded>
    </Page>
  );
}

function Numbers({ network }: { network: Network }) {
  const text = useText('site');
  const format = useFormat();
  const currency = network.simulated ? 'SIM' : 'USD';
  const sum = (of: 'hired' | 'idle') => network.devices.reduce((total, each) => total + each[of], 0);
  const days = network.days.map(({ day }) => `${day}T00:00:00Z`);
  const whole = (value: number) => format.number(Math.round(value * 100) / 100);
  const charts = [
    { label: text.network.deviceHours, values: network.days.map(({ deviceHours }) => deviceHours), format: whole },
    { label: text.network.clusters, values: network.days.map(({ clustersCreated }) => clustersCreated), format: whole },
    { label: text.network.tasks, values: network.days.map(({ tasksRun }) => tasksRun), format: whole },
    {
      label: text.network.revenue,
      values: network.days.map(({ revenueMicroUsd }) => Number(revenueMicroUsd) / 1e6),
      format: (value: number) => format.money(BigInt(Math.round(value * 1e6)), currency, { digits: 2 }),
    },
  ];
  return (
    <Stack gap="lg">
      <Stats
        of={[
          [text.network.hired, format.number(sum('hired')), text.network.hiredHint],
          [text.network.idle, format.number(sum('idle')), text.network.idleHint],
          [text.network.clusters, format.number(network.clustersCreated), text.network.everHint],
          [text.network.tasks, format.number(network.tasksRun), text.network.everHint],
          [
            text.network.revenue,
            <Money key="revenue" micro={network.revenueMicroUsd} currency={currency} digits={2} />,
            text.network.everHint,
          ],
        ]}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {charts.map(({ label, values, format: written }) => (
          <Section key={label} title={label}>
            <Chart
              label={`${label}, ${text.network.perDay}`}
              at={days}
              series={[{ label, values }]}
              kind="bar"
              format={written}
              height={200}
            />
          </Section>
        ))}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={text.network.ladder}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{text.network.step}</Table.Th>
                <Table.Th ta="right">{text.network.workers}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {network.workersByReadiness.map(({ readiness, workers }) => (
                <Table.Tr key={readiness}>
                  <Table.Td>
                    <StateBadge of="readiness" state={readiness} />
                  </Table.Td>
                  <Table.Td ta="right">{format.number(workers)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text size="sm" mt="sm">
            {text.network.ladderHint}
          </Text>
        </Section>
        <Section title={text.network.devices}>
          <Devices devices={network.devices} />
        </Section>
      </SimpleGrid>
      <Text size="sm">
        {text.network.countedAt} <Instant at={network.at} />
      </Text>
    </Stack>
  );
}

function Devices({ devices }: { devices: Network['devices'] }) {
  const text = useText('site');
  const format = useFormat();
  const { data: byId } = useQuery(modelsById);
  const columns: Column<Network['devices'][number]>[] = [
    {
      id: 'model',
      header: text.offer.model,
      value: ({ modelId }) => byId?.get(modelId)?.name ?? modelId,
      cell: ({ modelId }) => <Model model={byId?.get(modelId) ?? modelId} />,
      facet: true,
      width: 200,
    },
    {
      id: 'country',
      header: text.offer.country,
      value: ({ country }) => country,
      cell: ({ country }) => <Country code={country} />,
      facet: (code) => format.country(code),
      width: 150,
    },
    { id: 'hired', header: text.network.hired, value: ({ hired }) => hired, align: 'right', width: 90 },
    { id: 'idle', header: text.network.idle, value: ({ idle }) => idle, align: 'right', width: 90 },
  ];
  return (
    <DataTable
      id="devices"
      label={text.network.devices}
      rows={devices}
      columns={columns}
      rowId={({ modelId, country }) => `${modelId}/${country}`}
      sort="-hired"
      maxHeight={380}
      empty={<Empty title={text.availability.none} />}
    />
  );
}
