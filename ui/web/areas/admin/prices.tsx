/** The price book: every hardware model with its base price, and changing one after seeing what that would do. */

import { Table, Text, TextInput } from '@mantine/core';
import { formatMicro, parseMicro } from '@muster/common/money';
import { answer, type Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import { Actor } from '../../app/actor.tsx';
import { api } from '../../app/api.ts';
import { modelsQuery } from '../../app/catalogue.ts';
import { useMay } from '../../app/session.ts';
import { amountOf } from '../../design/amount.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { useFormat } from '../../design/format.ts';
import { Page } from '../../design/page.tsx';
import { SimulatedBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Instant, Money, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { priceBookQuery, pricePreviewQuery } from './queries.ts';

interface Row extends Pick<Schemas['HardwareModel'], 'id' | 'name' | 'vendor' | 'kind' | 'memoryMb'> {
  /** Null for a model that has none: it cannot be offered. */
  price: Schemas['BasePrice'] | null;
}

export function Prices() {
  const text = useText('admin').prices;
  const models = useQuery(modelsQuery);
  const book = useQuery(priceBookQuery);
  const columns = useColumns();
  const rows = useMemo(() => {
    const prices = new Map(book.data?.map((price) => [price.modelId, price]));
    return models.data?.map((model): Row => ({ ...model, price: prices.get(model.id) ?? null })) ?? [];
  }, [models.data, book.data]);
  return (
    <Page title={text.title} lead={text.lead}>
      <Loaded query={models}>
        {() => (
          <Loaded query={book}>
            {() => (
              <DataTable
                id="prices"
                label={text.title}
                rows={rows}
                columns={columns}
                rowId={({ id }) => id}
                sort="model"
                empty={<Empty title={text.empty} />}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function useColumns(): Column<Row>[] {
  const text = useText('admin').prices;
  const format = useFormat();
  const mayWrite = useMay('operator:write');
  return useMemo(
    () => [
      { id: 'model', header: text.model, value: ({ name }) => name, width: 240 },
      { id: 'vendor', header: text.vendor, value: ({ vendor }) => vendor, facet: true, from: 'sm' },
      {
        id: 'memory',
        header: text.memory,
        value: ({ memoryMb }) => memoryMb,
        cell: ({ memoryMb }) => format.bytes(memoryMb * 1024 ** 2),
        align: 'right',
        from: 'sm',
      },
      {
        id: 'price',
        header: text.basePrice,
        width: 220,
        value: ({ price }) => (price ? BigInt(price.priceMicroUsdPerHour) : null),
        cell: ({ price }) =>
          price ? <Money micro={price.priceMicroUsdPerHour} currency="USD" /> : <Quiet>{text.noPrice}</Quiet>,
        align: 'right',
      },
      ...(mayWrite
        ? [
            {
              id: 'change',
              header: text.action,
              width: 110,
              value: () => null,
              cell: (row: Row) => <ChangeForm row={row} />,
            },
          ]
        : []),
      {
        id: 'since',
        header: text.since,
        value: ({ price }) => price?.effectiveFrom,
        cell: ({ price }) => <Instant at={price?.effectiveFrom} />,
        from: 'md',
      },
      {
        id: 'by',
        header: text.by,
        value: ({ price }) => price?.actorId,
        cell: ({ price }) => price && <Actor id={price.actorId} />,
        from: 'md',
      },
    ],
    [text, format, mayWrite],
  );
}

function ChangeForm({ row }: { row: Row }) {
  const text = useText('admin').prices;
  const current = row.price?.priceMicroUsdPerHour;
  return (
    <DialogForm
      label={text.change}
      title={text.changeOf(row.name)}
      submit={text.set}
      button={{ variant: 'default', size: 'compact-xs' }}
      of={row.name}
      required={['priceMicroUsdPerHour']}
      initial={{ priceMicroUsdPerHour: current === undefined ? '' : formatMicro(BigInt(current)) }}
      done={text.changed(row.name)}
      renews={[
        ['admin', 'price-book'],
        ['admin', 'price-preview'],
      ]}
      act={({ priceMicroUsdPerHour }, key) =>
        answer(
          api.internal.POST('/price-book', {
            params: { header: { 'Idempotency-Key': key } },
            body: {
              modelId: row.id,
              priceMicroUsdPerHour: amountOf('priceMicroUsdPerHour', priceMicroUsdPerHour, text.priceWrong),
            },
          }),
        )
      }
    >
      {({ values, field }) => (
        <>
          <TextInput
            label={text.newPrice}
            description={text.newPriceHint}
            inputMode="decimal"
            leftSection="$"
            {...field('priceMicroUsdPerHour')}
          />
          <Preview modelId={row.id} typed={values.priceMicroUsdPerHour} />
        </>
      )}
    </DialogForm>
  );
}

/** What the price that stands in the form would do, region by region. */
function Preview({ modelId, typed }: { modelId: string; typed: string }) {
  const text = useText('admin').prices;
  const common = useText('common');
  const format = useFormat();
  const price = useDeferredValue(amountIn(typed));
  const preview = useQuery(pricePreviewQuery(modelId, price));
  if (price === undefined) return <Quiet>{text.previewAwaits}</Quiet>;
  return (
    <div aria-live="polite">
      <Text fw={600}>{text.preview}</Text>
      <Loaded query={preview}>
        {({ regions }) =>
          regions.length === 0 ? (
            <Text size="sm">{text.previewNone}</Text>
          ) : (
            <>
              <Table.ScrollContainer
                minWidth={520}
                scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': text.preview } }}
              >
                <Table fz="sm">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{text.region}</Table.Th>
                      <Table.Th ta="right">{text.utilisation}</Table.Th>
                      <Table.Th ta="right">{text.now}</Table.Th>
                      <Table.Th ta="right">{text.proposed}</Table.Th>
                      <Table.Th ta="right">{text.aboveFloor}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {regions.map((each) => {
                      const currency = each.simulated ? 'SIM' : 'USD';
                      return (
                        <Table.Tr key={`${each.region} ${each.simulated}`}>
                          <Table.Td>
                            {(common.regions as Record<string, string>)[each.region] ?? each.region}{' '}
                            {each.simulated && <SimulatedBadge />}
                          </Table.Td>
                          <Table.Td ta="right">
                            {text.hiredOf(format.number(each.hiredDevices), format.number(each.readyDevices))}
                          </Table.Td>
                          <Table.Td ta="right">
                            {each.currentMicroUsdPerHour === null ? (
                              '–'
                            ) : (
                              <Money micro={each.currentMicroUsdPerHour} currency={currency} />
                            )}
                          </Table.Td>
                          <Table.Td ta="right">
                            <Money micro={each.proposedMicroUsdPerHour} currency={currency} />
                          </Table.Td>
                          <Table.Td ta="right">
                            {text.hiredOf(format.number(each.devicesAboveFloor), format.number(each.readyDevices))}
                          </Table.Td>
                        </Table.Tr>
                      );
                    })}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <Quiet>{text.previewHint}</Quiet>
            </>
          )
        }
      </Loaded>
    </div>
  );
}

/** The amount, if it is one that could be set. */
function amountIn(typed: string): bigint | undefined {
  try {
    const amount = parseMicro(typed);
    return amount > 0n ? amount : undefined;
  } catch {
    return undefined;
  }
}
