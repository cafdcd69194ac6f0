/** One worker as its owner sees it: both axes, uptime, leases, earnings, its floor beside the market, and its timeline. */

import { Button, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { formatMicro } from '@muster/common/money';
import { answer, type Schemas } from '@muster/contract/client';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../app/api.ts';
import { modelsById } from '../../app/catalogue.ts';
import { queryClient } from '../../app/queries.ts';
import { useMay } from '../../app/session.ts';
import { amountOf } from '../../design/amount.ts';
import { Empty, Failure, Loaded } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { priceDigits, useFormat } from '../../design/format.ts';
import { More } from '../../design/more.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { Ladder, Rules } from '../../design/readiness.tsx';
import { SimulatedBadge, StateBadge, ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Id, Instant, Model, Money, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { EarningsChart } from './earnings-chart.tsx';
import {
  earningsQuery,
  leasesQuery,
  marketQuery,
  timelineQuery,
  uptimeQuery,
  type Worker,
  workerQuery,
} from './queries.ts';
import { UptimeStrip } from './uptime-strip.tsx';

export function WorkerPage() {
  const { worker: text } = useText('portal');
  const common = useText('common');
  const { workerId = '' } = useParams({ strict: false });
  const worker = useQuery(workerQuery(workerId));
  return (
    <Page
      title={worker.data?.name ?? text.title}
      heading={
        <Group gap="sm" component="span">
          {worker.data?.name ?? text.title}
          {worker.data && <StateBadge of="worker" state={worker.data.status} />}
          {worker.data?.simulated && <SimulatedBadge />}
        </Group>
      }
      lead={<Id id={workerId} />}
      actions={worker.data && <Actions worker={worker.data} />}
    >
      <Loaded query={worker}>
        {(data) => (
          <Stack gap="lg">
            <Section title={common.readiness.title}>
              <Stack>
                <Ladder worker={data} />
                <Rules worker={data} />
              </Stack>
            </Section>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Properties worker={data} />
              <FloorAndMarket worker={data} />
            </SimpleGrid>
            <Uptime workerId={workerId} />
            <Earned worker={data} />
            <Leases worker={data} />
            <Timeline workerId={workerId} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

/** What may be done to it now. */
function Actions({ worker }: { worker: Worker }) {
  const { worker: text } = useText('portal');
  const confirm = useConfirm();
  const path = { workerId: worker.id };
  const act = useMutation({
    mutationFn: (action: 'pause' | 'resume' | 'drain') =>
      answer(api.private.POST(`/workers/{workerId}/${action}` as const, { params: { path }, body: {} })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['workers'] }),
  });
  if (!useMay('workers:write')) return null;
  const held = worker.status === 'paused' || worker.status === 'draining';
  const askToDrain = async () => {
    if (await confirm({ title: text.drainTitle(worker.name), lost: text.drainLost, action: text.drain })) {
      act.mutate('drain');
    }
  };
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="xs">
        {held ? (
          <Button size="xs" onClick={() => act.mutate('resume')} loading={act.isPending}>
            {text.resume}
          </Button>
        ) : (
          <>
            <Button size="xs" variant="default" onClick={() => act.mutate('pause')} loading={act.isPending}>
              {text.pause}
            </Button>
            <Button size="xs" variant="default" onClick={() => void askToDrain()} disabled={act.isPending}>
              {text.drain}
            </Button>
          </>
        )}
        <DialogForm
          label={text.rename}
          button={{ variant: 'default' }}
          initial={{ name: worker.name }}
          required={['name']}
          renews={[['workers']]}
          act={({ name }) => answer(api.private.PATCH('/workers/{workerId}', { params: { path }, body: { name } }))}
        >
          {({ field }) => <TextInput label={text.name} maxLength={63} data-autofocus {...field('name')} />}
        </DialogForm>
      </Group>
      {act.error && <Failure error={act.error} />}
    </Stack>
  );
}

function Properties({ worker }: { worker: Worker }) {
  const { worker: text } = useText('portal');
  const common = useText('common');
  const format = useFormat();
  const { data: models } = useQuery(modelsById);
  const model = (worker.modelId !== null && models?.get(worker.modelId)) || worker.modelId;
  const mbps = (value: number | null) => (value === null ? text.notMeasured : `${format.number(value)} Mb/s`);
  return (
    <Section title={text.properties}>
      <Facts
        of={[
          [
            text.devices,
            <span key="devices">
              {worker.deviceCount} × <Model model={model} />
            </span>,
          ],
          [text.place, <Country key="place" code={worker.country} />],
          [text.down, mbps(worker.downMbps)],
          [text.up, mbps(worker.upMbps)],
          [
            text.connectivity,
            worker.connectivityTier ? common.connectivityTiers[worker.connectivityTier] : text.belowLow,
          ],
          [text.service, common.serviceTiers[worker.serviceTier]],
          [
            text.compliance,
            worker.compliance.length === 0
              ? common.none
              : worker.compliance.map((each) => common.compliances[each]).join(', '),
          ],
          [text.seen, <Instant key="seen" at={worker.lastSeenAt} none={common.never} />],
          [text.since, <Instant key="since" at={worker.createdAt} />],
        ]}
      />
    </Section>
  );
}

/** The floor beside what the market pays for the same model in the same region. */
function FloorAndMarket({ worker }: { worker: Worker }) {
  const { worker: text } = useText('portal');
  const mayChange = useMay('workers:write');
  const market = useQuery(marketQuery);
  const currency = worker.simulated ? 'SIM' : 'USD';
  const price = market.data?.find(({ modelId, region }) => modelId === worker.modelId && region === worker.region);
  const above = price !== undefined && BigInt(worker.floorMicroUsdPerHour) > BigInt(price.priceMicroUsdPerHour);
  return (
    <Section
      title={text.floorAndMarket}
      actions={
        mayChange && (
          <DialogForm
            label={text.setFloor}
            initial={{ floorMicroUsdPerHour: formatMicro(BigInt(worker.floorMicroUsdPerHour)) }}
            renews={[['workers']]}
            act={({ floorMicroUsdPerHour }) =>
              answer(
                api.private.PATCH('/workers/{workerId}', {
                  params: { path: { workerId: worker.id } },
                  body: {
                    floorMicroUsdPerHour: amountOf('floorMicroUsdPerHour', floorMicroUsdPerHour, text.floorWrong),
                  },
                }),
              )
            }
          >
            {({ field }) => (
              <TextInput
                label={text.floor}
                description={text.floorHint}
                inputMode="decimal"
                leftSection={worker.simulated ? undefined : '$'}
                data-autofocus
                {...field('floorMicroUsdPerHour')}
              />
            )}
          </DialogForm>
        )
      }
    >
      <Stack gap="sm">
        <Facts
          of={[
            [
              text.floor,
              <Money key="floor" micro={worker.floorMicroUsdPerHour} currency={currency} per="deviceHour" />,
            ],
            [
              text.marketPays,
              price ? (
                <Money
                  key="price"
                  micro={price.priceMicroUsdPerHour}
                  currency="USD"
                  per="deviceHour"
                  digits={priceDigits}
                />
              ) : (
                text.noMarket
              ),
            ],
            ...(price
              ? [
                  [text.hiredThere, `${price.hiredDevices} / ${price.readyDevices}`] as [string, string],
                  [text.pricedAt, <Instant key="at" at={price.at} />] as [string, ReactNode],
                ]
              : []),
          ]}
        />
        {above && <ToneBadge tone="warn" word={text.aboveMarket} />}
        <Quiet>{text.marketHint}</Quiet>
      </Stack>
    </Section>
  );
}

function Uptime({ workerId }: { workerId: string }) {
  const { worker: text } = useText('portal');
  const uptime = useQuery(uptimeQuery(workerId));
  return (
    <Section title={text.uptime}>
      <Loaded query={uptime} empty={<Empty title={text.noUptime} />}>
        {(days) => <UptimeStrip days={days} />}
      </Loaded>
    </Section>
  );
}

function Earned({ worker }: { worker: Worker }) {
  const { worker: text } = useText('portal');
  const earnings = useQuery(earningsQuery(30, worker.id));
  return (
    <Section title={text.earnings}>
      <Loaded query={earnings}>
        {({ items }) => <EarningsChart items={items} currency={worker.simulated ? 'SIM' : 'USD'} days={30} />}
      </Loaded>
    </Section>
  );
}

type Lease = Schemas['WorkerLease'];

function Leases({ worker }: { worker: Worker }) {
  const { worker: text } = useText('portal');
  const leases = useInfiniteQuery(leasesQuery(worker.id));
  const columns: Column<Lease>[] = [
    { id: 'id', header: 'ID', value: ({ id }) => id, cell: ({ id }) => <Id id={id} short />, width: 170 },
    {
      id: 'state',
      header: text.state,
      value: ({ state }) => state,
      cell: ({ state, outcome }) => <StateBadge of="lease" state={state} reason={outcome} />,
      width: 130,
    },
    {
      id: 'from',
      header: text.from,
      value: ({ heldAt }) => heldAt,
      cell: ({ activeAt, heldAt }) => <Instant at={activeAt ?? heldAt} />,
    },
    {
      id: 'to',
      header: text.to,
      value: ({ releasedAt }) => releasedAt,
      cell: ({ releasedAt }) => <Instant at={releasedAt} />,
      from: 'sm',
    },
    { id: 'devices', header: text.devices, value: ({ devices }) => devices, align: 'right', from: 'md', width: 90 },
    {
      id: 'price',
      header: text.price,
      value: ({ priceMicroUsdPerDeviceHour }) => BigInt(priceMicroUsdPerDeviceHour),
      cell: ({ priceMicroUsdPerDeviceHour, currency }) => (
        <Money micro={priceMicroUsdPerDeviceHour} currency={currency} digits={priceDigits} />
      ),
      align: 'right',
      from: 'sm',
    },
  ];
  return (
    <Section title={text.leases}>
      <More query={leases}>
        {(rows) => (
          <DataTable
            id="leases"
            label={text.leases}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            maxHeight={400}
            empty={<Empty title={text.noLeases} />}
          />
        )}
      </More>
    </Section>
  );
}

function Timeline({ workerId }: { workerId: string }) {
  const { worker: text } = useText('portal');
  const timeline = useQuery(timelineQuery(workerId));
  return (
    <Section title={text.timeline}>
      <Loaded query={timeline} empty={<Empty title={text.noTimeline} />}>
        {(events) => (
          <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
            {events
              .toReversed()
              .slice(0, 100)
              .map(({ id, at, type, state, reason }) => (
                <li key={id}>
                  <Group gap="xs">
                    {state && <StateBadge of="worker" state={state} />}
                    <Text size="sm" fw={600}>
                      {type}
                    </Text>
                    <Instant at={at} />
                  </Group>
                  <Text size="sm">{reason}</Text>
                </li>
              ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
