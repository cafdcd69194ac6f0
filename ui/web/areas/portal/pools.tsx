/** A supplier's pools: Kubernetes clusters whose nodes with devices are workers. */

import { Button, Select, Text, Textarea, TextInput } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { countriesQuery } from '../../app/catalogue.ts';
import { queryClient } from '../../app/queries.ts';
import { useMay } from '../../app/session.ts';
import { amountOf } from '../../design/amount.ts';
import { Empty, Failure, Loaded } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { priceDigits, useFormat } from '../../design/format.ts';
import { Page } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Id, Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { poolsQuery } from './queries.ts';

type Pool = Schemas['Pool'];

export function Pools() {
  const { pools: text } = useText('portal');
  const mayChange = useMay('workers:write');
  const pools = useQuery(poolsQuery);
  return (
    <Page title={text.title} lead={text.lead} actions={mayChange && <Attach />}>
      <Loaded
        query={pools}
        empty={
          <Empty title={text.none}>
            <Text>{text.noneHint}</Text>
          </Empty>
        }
      >
        {(rows) => <PoolTable pools={rows} />}
      </Loaded>
    </Page>
  );
}

function PoolTable({ pools }: { pools: Pool[] }) {
  const { pools: text } = useText('portal');
  const mayChange = useMay('workers:write');
  const confirm = useConfirm();
  const detach = useMutation({
    mutationFn: (poolId: string) => answer(api.private.DELETE('/pools/{poolId}', { params: { path: { poolId } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: poolsQuery.queryKey }),
  });
  const askToDetach = async ({ id, name }: Pool) => {
    if (await confirm({ title: text.detachTitle(name), lost: text.detachLost, action: text.detach, danger: true })) {
      detach.mutate(id);
    }
  };
  const columns: Column<Pool>[] = [
    { id: 'name', header: text.name, value: ({ name }) => name, width: 200 },
    {
      id: 'state',
      header: text.state,
      value: ({ state }) => state,
      cell: ({ state }) => <ToneBadge tone={state === 'active' ? 'good' : 'done'} word={text.states[state]} />,
      width: 120,
    },
    { id: 'kind', header: text.kind, value: ({ kind }) => text.kinds[kind], from: 'sm' },
    {
      id: 'country',
      header: text.country,
      value: ({ country }) => country,
      cell: ({ country }) => <Country code={country} />,
      from: 'sm',
    },
    {
      id: 'floor',
      header: text.floor,
      value: ({ floorMicroUsdPerHour }) => BigInt(floorMicroUsdPerHour),
      cell: ({ floorMicroUsdPerHour }) => <Money micro={floorMicroUsdPerHour} currency="USD" digits={priceDigits} />,
      align: 'right',
      from: 'md',
    },
    { id: 'id', header: 'ID', value: ({ id }) => id, cell: ({ id }) => <Id id={id} short />, from: 'lg' },
    {
      id: 'since',
      header: text.since,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Instant at={createdAt} />,
      from: 'lg',
    },
    ...(mayChange
      ? [
          {
            id: 'actions',
            header: text.actions,
            value: () => null,
            width: 110,
            cell: (pool: Pool) =>
              pool.state === 'active' &&
              pool.kind === 'attached' && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`${text.detach}: ${pool.name}`}
                  onClick={() => void askToDetach(pool)}
                >
                  {text.detach}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      {detach.error && <Failure error={detach.error} />}
      <DataTable
        id="pools"
        label={text.title}
        rows={pools}
        columns={columns}
        rowId={({ id }) => id}
        empty={<Empty title={text.none} />}
      />
    </>
  );
}

function Attach() {
  const { pools: text } = useText('portal');
  const format = useFormat();
  const countries = useQuery(countriesQuery);
  return (
    <DialogForm
      label={text.attach}
      initial={{ name: '', country: '', kubeconfig: '', floorMicroUsdPerHour: '' }}
      required={['name', 'country', 'kubeconfig']}
      renews={[poolsQuery.queryKey]}
      act={({ name, country, kubeconfig, floorMicroUsdPerHour }, key) =>
        answer(
          api.private.POST('/pools', {
            params: { header: { 'Idempotency-Key': key } },
            body: {
              name,
              country,
              kubeconfig,
              kind: 'attached',
              ...(floorMicroUsdPerHour && {
                floorMicroUsdPerHour: amountOf('floorMicroUsdPerHour', floorMicroUsdPerHour, text.floorWrong),
              }),
            },
          }),
        )
      }
    >
      {({ field }) => (
        <>
          <TextInput label={text.name} maxLength={63} data-autofocus {...field('name')} />
          <Select
            label={text.country}
            data={countries.data?.map(({ code }) => ({ value: code, label: format.country(code) })) ?? []}
            searchable
            {...field('country')}
          />
          <TextInput label={text.floor} inputMode="decimal" leftSection="$" {...field('floorMicroUsdPerHour')} />
          <Textarea
            label={text.kubeconfig}
            description={text.kubeconfigHint}
            autosize
            minRows={6}
            maxRows={14}
            autoComplete="off"
            spellCheck={false}
            {...field('kubeconfig')}
          />
        </>
      )}
    </DialogForm>
  );
}
