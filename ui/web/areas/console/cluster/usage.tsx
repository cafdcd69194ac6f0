/** What the workers of a cluster use, rank by rank. Samples come without events: they are asked for when the next one is due. */
import { Group, MultiSelect, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useParameter } from '../../../app/address.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { Chart, type Series } from '../../../design/chart.tsx';
import { useFormat } from '../../../design/format.ts';
import { useNow } from '../../../design/now.ts';
import { Section } from '../../../design/page.tsx';
import { Instant, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { hasEnded } from './life.ts';
import { type Cluster, usageQuery } from './queries.ts';

type Usage = Schemas['Usage'];
type Sample = Usage['samples'][number];

const spans = ['900', '3600', '21600'];
const usualSpan = '3600';
/** As many as there are colours. */
const mostRanks = 6;
const chartHeight = 200;

export function Usage({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.usage;
  if (cluster.simulated) {
    return (
      <Empty title={text.simulated}>
        <Text>{text.simulatedHint}</Text>
      </Empty>
    );
  }
  return <Measured cluster={cluster} />;
}

function Measured({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.usage;
  const format = useFormat();
  const [wanted, setSpan] = useParameter('span');
  const span = spans.find((each) => each === wanted) ?? usualSpan;
  const query = useQuery(usageQuery(cluster.id, Number(span)));
  useNextSample(query, !hasEnded(cluster));
  const ended = hasEnded(cluster);
  return (
    <Stack>
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label={text.span}
          value={span}
          onChange={(to) => setSpan(to === usualSpan ? null : to)}
          data={spans.map((value) => ({ value, label: text.spans[value]! }))}
        />
        {query.data && query.data.samples.length > 0 && (
          <Quiet>
            {text.every(format.duration(query.data.intervalSeconds))} · {text.last}:{' '}
            <Instant at={query.data.samples.at(-1)!.at} />
          </Quiet>
        )}
      </Group>
      <Loaded query={query}>
        {(usage) =>
          usage.samples.length === 0 ? (
            <Empty title={ended ? text.over : text.empty}>
              <Text>{ended ? text.overHint : text.emptyHint}</Text>
            </Empty>
          ) : (
            <Charts usage={usage} />
          )
        }
      </Loaded>
    </Stack>
  );
}

interface Asked {
  data: Usage | undefined;
  dataUpdatedAt: number;
  errorUpdatedAt: number;
  isFetching: boolean;
  refetch: () => unknown;
}

/** Asks again when the clock of the page passes the time of the next sample, while somebody looks. */
function useNextSample(query: Asked, live: boolean): void {
  const now = useNow();
  const intervalMs = (query.data?.intervalSeconds ?? 10) * 1_000;
  const last = query.data?.samples.at(-1);
  const asked = Math.max(query.dataUpdatedAt, query.errorUpdatedAt);
  // A sample that is late is not asked for every second.
  const due = Math.max(last ? Date.parse(last.at) + intervalMs : 0, asked + intervalMs / 2);
  const passed = asked > 0 && now.getTime() >= due;
  const { isFetching, refetch } = query;
  useEffect(() => {
    if (live && passed && !isFetching && document.visibilityState === 'visible') void refetch();
  }, [live, passed, isFetching, refetch]);
}

function Charts({ usage }: { usage: Usage }) {
  const text = useText('console').cluster.usage;
  const format = useFormat();
  const [chosen, choose] = useParameter('ranks');
  const all = useMemo(() => [...new Set(usage.samples.map(({ rank }) => rank))].sort((a, b) => a - b), [usage]);
  const asked =
    chosen
      ?.split(',')
      .map(Number)
      .filter((rank) => all.includes(rank)) ?? [];
  const ranks = asked.length > 0 ? asked : all.slice(0, mostRanks);
  const { at, of } = useMemo(() => arrange(usage), [usage]);
  const series = (pick: (sample: Sample) => number | null): Series[] =>
    ranks.map((rank) => ({
      label: text.rank(rank),
      values: (of.get(rank) ?? []).map((sample) => (sample ? pick(sample) : null)),
    }));
  const perSecond = (value: number) => `${format.bytes(value)}/s`;
  const metrics: [string, Series[], (value: number) => string][] = [
    [text.cores, series(({ cpuCores }) => cpuCores), (value) => format.number(value, { maximumSignificantDigits: 3 })],
    [text.memory, series(({ memoryBytes }) => memoryBytes), format.bytes],
    [text.gpu, series(({ gpuUtilisation }) => gpuUtilisation), format.percent],
    [text.gpuMemory, series(({ gpuMemoryBytes }) => gpuMemoryBytes), format.bytes],
    [text.received, series(({ receivedBytesPerSecond }) => receivedBytesPerSecond), perSecond],
    [text.sent, series(({ sentBytesPerSecond }) => sentBytesPerSecond), perSecond],
  ];
  const measured = metrics.filter(([, each]) => each.some(({ values }) => values.some((value) => value !== null)));
  return (
    <Stack>
      {all.length > mostRanks && (
        <MultiSelect
          label={text.ranks}
          data={all.map(String)}
          value={ranks.map(String)}
          onChange={(to) => choose(to.join(','))}
          maxValues={mostRanks}
          searchable
        />
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {measured.map(([label, each, write]) => (
          <Section key={label} title={label}>
            <Chart label={label} at={at} series={each} format={write} height={chartHeight} />
          </Section>
        ))}
      </SimpleGrid>
      {!measured.some(([label]) => label === text.gpu) && <Quiet>{text.noGpu}</Quiet>}
    </Stack>
  );
}

/** Samples by rank on one axis of time; where a rank has none there is a gap. */
function arrange({ samples, intervalSeconds }: Usage): { at: Date[]; of: Map<number, (Sample | null)[]> } {
  const intervalMs = intervalSeconds * 1_000;
  const slotOf = (at: string) => Math.floor(Date.parse(at) / intervalMs);
  const slots = [...new Set(samples.map(({ at }) => slotOf(at)))].sort((left, right) => left - right);
  const index = new Map(slots.map((slot, position) => [slot, position]));
  const of = new Map<number, (Sample | null)[]>();
  for (const sample of samples) {
    const row = of.get(sample.rank) ?? Array.from(slots, () => null);
    row[index.get(slotOf(sample.at))!] = sample;
    of.set(sample.rank, row);
  }
  return { at: slots.map((slot) => new Date(slot * intervalMs)), of };
}
