/** Supply and demand over time: what was ready, hired, asked for, not found, and earned. */

import { Group, SegmentedControl, Select, SimpleGrid } from '@mantine/core';
import { dayMs } from '@muster/common/time';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useParameter } from '../../app/address.ts';
import { countriesQuery, modelsQuery } from '../../app/catalogue.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { Chart, type Series } from '../../design/chart.tsx';
import { useFormat } from '../../design/format.ts';
import { Page, Section } from '../../design/page.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { useChoice } from './choice.ts';
import {
  demandSeries,
  revenueSeries,
  type SeriesFilter,
  supplySeries,
  unmetDemandSeries,
  utilisationSeries,
} from './queries.ts';
import { bucketsOf, sumsAt, type Unmet, worstUnmet } from './sums.ts';
import { SupplySwitch, useSupply } from './supply-switch.tsx';
import { useModelName } from './things.tsx';

const spans = { '1d': dayMs, '7d': 7 * dayMs, '30d': 30 * dayMs, '90d': 90 * dayMs };
const spanNames = Object.keys(spans) as (keyof typeof spans)[];
const buckets = ['hour', 'day'] as const;
/** More hours than this in one chart are no longer told apart, and more than 1,000 are refused. */
const mostHoursMs = 30 * dayMs;

export function Supply() {
  const text = useText('admin').supply;
  const { simulated } = useSupply();
  const [span, setSpan] = useChoice('span', '1d', spanNames);
  const [chosenBucket, setBucket] = useChoice('bucket', 'hour', buckets);
  const [modelId, setModel] = useParameter('model');
  const [country, setCountry] = useParameter('country');
  const spanMs = spans[span];
  const bucket = spanMs > mostHoursMs ? 'day' : chosenBucket;
  const filter: SeriesFilter = { spanMs, bucket, simulated, ...(modelId && { modelId }), ...(country && { country }) };
  return (
    <Page title={text.title} lead={text.lead} actions={<SupplySwitch />}>
      <Group align="flex-end" gap="sm">
        <SegmentedControl
          aria-label={text.span}
          data={spanNames.map((each) => ({ value: each, label: text.spans[each] }))}
          value={span}
          onChange={setSpan}
        />
        <SegmentedControl
          aria-label={text.bucket}
          data={buckets.map((each) => ({ value: each, label: text.buckets[each], disabled: spanMs > mostHoursMs }))}
          value={bucket}
          onChange={setBucket}
        />
        <ModelSelect value={modelId} onChange={setModel} />
        <CountrySelect value={country} onChange={setCountry} />
      </Group>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <SupplyChart filter={filter} />
        <UtilisationChart filter={filter} />
        <DemandChart filter={filter} />
        <UnmetChart filter={filter} />
      </SimpleGrid>
      <RevenueChart filter={filter} />
      <WorstUnmet filter={filter} />
    </Page>
  );
}

interface SelectProps {
  value: string | undefined;
  onChange: (value: string | null) => void;
}

function ModelSelect({ value, onChange }: SelectProps) {
  const text = useText('admin').supply;
  const common = useText('common');
  const { data = [] } = useQuery(modelsQuery);
  return (
    <Select
      label={text.model}
      placeholder={common.table.any}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': common.actions.remove }}
      data={data.map(({ id, name }) => ({ value: id, label: name }))}
      value={value ?? null}
      onChange={onChange}
    />
  );
}

function CountrySelect({ value, onChange }: SelectProps) {
  const text = useText('admin').supply;
  const common = useText('common');
  const format = useFormat();
  const { data = [] } = useQuery(countriesQuery);
  return (
    <Select
      label={text.country}
      placeholder={common.table.any}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': common.actions.remove }}
      data={data.map(({ code }) => ({ value: code, label: format.country(code) }))}
      value={value ?? null}
      onChange={onChange}
    />
  );
}

interface ChartProps {
  filter: SeriesFilter;
}

function SupplyChart({ filter }: ChartProps) {
  const text = useText('admin').supply;
  const query = useQuery(supplySeries(filter));
  return (
    <Section title={text.readyAndHired}>
      <Loaded query={query}>
        {(rows) => (
          <Counted
            filter={filter}
            label={text.readyAndHired}
            series={(at) => [
              { label: text.ready, values: sumsAt(at, rows, ({ readyDevices }) => readyDevices) },
              { label: text.hired, values: sumsAt(at, rows, ({ hiredDevices }) => hiredDevices) },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function UtilisationChart({ filter }: ChartProps) {
  const text = useText('admin').supply;
  const format = useFormat();
  const query = useQuery(utilisationSeries(filter));
  return (
    <Section title={text.utilisation}>
      <Loaded query={query}>
        {(rows) => {
          const at = bucketsOf(filter.spanMs, filter.bucket, new Date());
          const hired = sumsAt(at, rows, ({ hiredDeviceHours }) => hiredDeviceHours);
          const ready = sumsAt(at, rows, ({ readyDeviceHours }) => readyDeviceHours);
          const values = ready.map((hours, index) => (hours === 0 ? null : hired[index]! / hours));
          return (
            <Chart
              label={text.utilisation}
              at={at}
              series={[{ label: text.utilisation, values }]}
              format={format.percent}
            />
          );
        }}
      </Loaded>
    </Section>
  );
}

function DemandChart({ filter }: ChartProps) {
  const text = useText('admin').supply;
  const query = useQuery(demandSeries(filter));
  return (
    <Section title={text.demand}>
      <Loaded query={query}>
        {(rows) => (
          <Counted
            filter={filter}
            label={text.demand}
            kind="bar"
            series={(at) => [
              { label: text.devices, values: sumsAt(at, rows, ({ devices }) => devices) },
              { label: text.clusters, values: sumsAt(at, rows, ({ clusters }) => clusters) },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function UnmetChart({ filter }: ChartProps) {
  const text = useText('admin').supply;
  const query = useQuery(unmetDemandSeries(filter));
  return (
    <Section title={text.unmet}>
      <Loaded query={query}>
        {(rows) => (
          <Counted
            filter={filter}
            label={text.unmet}
            kind="bar"
            series={(at) => [
              { label: text.devices, values: sumsAt(at, rows, ({ devices }) => devices) },
              { label: text.requests, values: sumsAt(at, rows, ({ requests }) => requests) },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function RevenueChart({ filter }: ChartProps) {
  const text = useText('admin').supply;
  const format = useFormat();
  const query = useQuery(revenueSeries(filter));
  const currency = filter.simulated ? 'SIM' : 'USD';
  return (
    <Section title={text.revenue}>
      <Loaded query={query}>
        {(rows) => {
          const at = bucketsOf(filter.spanMs, filter.bucket, new Date());
          // Micro-units stay whole numbers far beyond what a bucket earns: 2^53 of them are nine thousand million dollars.
          const series: Series[] = [
            { label: text.charges, values: sumsAt(at, rows, ({ chargeMicroUsd }) => Number(chargeMicroUsd)) },
            { label: text.earnings, values: sumsAt(at, rows, ({ earningMicroUsd }) => Number(earningMicroUsd)) },
            { label: text.fees, values: sumsAt(at, rows, ({ feeMicroUsd }) => Number(feeMicroUsd)) },
          ];
          return (
            <Chart
              label={text.revenue}
              at={at}
              series={series}
              format={(micro) => format.money(BigInt(Math.round(micro)), currency)}
            />
          );
        }}
      </Loaded>
    </Section>
  );
}

interface CountedProps extends ChartProps {
  label: string;
  kind?: 'bar';
  series: (at: string[]) => Series[];
}

/** A chart of counts over the buckets of the filter. */
function Counted({ filter, label, kind, series }: CountedProps) {
  const format = useFormat();
  const at = bucketsOf(filter.spanMs, filter.bucket, new Date());
  return (
    <Chart
      label={label}
      at={at}
      series={series(at)}
      kind={kind ?? 'line'}
      format={(value) => format.number(value, { maximumFractionDigits: 2 })}
    />
  );
}

function WorstUnmet({ filter }: ChartProps) {
  const text = useText('admin').supply;
  const { tableOf } = useText('admin').things;
  const query = useQuery(unmetDemandSeries(filter));
  const modelName = useModelName();
  const columns = useMemo(
    (): Column<Unmet>[] => [
      { id: 'model', header: text.model, value: ({ modelId }) => modelName(modelId), width: 240, facet: true },
      {
        id: 'country',
        header: text.country,
        value: ({ country }) => country,
        cell: ({ country }) => (country === null ? <Quiet>{text.anywhere}</Quiet> : <Country code={country} />),
      },
      { id: 'devices', header: text.devices, value: ({ devices }) => devices, align: 'right' },
      { id: 'workers', header: text.workers, value: ({ workers }) => workers, align: 'right', from: 'sm' },
      { id: 'requests', header: text.requests, value: ({ requests }) => requests, align: 'right' },
    ],
    [text, modelName],
  );
  return (
    <Section title={text.worst}>
      <Loaded query={query}>
        {(rows) => (
          <DataTable
            id="unmet"
            label={tableOf(text.worst)}
            rows={worstUnmet(rows)}
            columns={columns}
            rowId={({ modelId, country }) => `${modelId} ${country}`}
            sort="-devices"
            maxHeight={400}
            empty={<Empty title={text.allMet} />}
          />
        )}
      </Loaded>
    </Section>
  );
}
