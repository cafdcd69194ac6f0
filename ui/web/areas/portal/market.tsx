/** What the market pays for a device-hour now, by model and region, beside what a supplier has of it. */

import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { modelsById } from '../../app/catalogue.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { priceDigits, useFormat } from '../../design/format.ts';
import { Page } from '../../design/page.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Instant, Model, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { marketQuery, workersQuery } from './queries.ts';

type Price = Schemas['MarketPrice'];

export function Market() {
  const { market: text } = useText('portal');
  const market = useQuery(marketQuery);
  return (
    <Page title={text.title} lead={text.lead}>
      <Loaded query={market} empty={<Empty title={text.none} />}>
        {(prices) => <Prices prices={prices} />}
      </Loaded>
    </Page>
  );
}

function Prices({ prices }: { prices: Price[] }) {
  const { market: text } = useText('portal');
  const common = useText('common');
  const format = useFormat();
  const { data: byId } = useQuery(modelsById);
  const workers = useQuery(workersQuery);
  const columns = useMemo((): Column<Price>[] => {
    const own = Map.groupBy(
      (workers.data ?? []).filter(({ simulated, connected }) => !simulated && connected),
      ({ modelId, region }) => `${modelId}/${region}`,
    );
    const ownDevices = ({ modelId, region }: Price) =>
      (own.get(`${modelId}/${region}`) ?? []).reduce((sum, { deviceCount }) => sum + deviceCount, 0);
    return [
      {
        id: 'model',
        header: text.model,
        value: ({ modelId }) => byId?.get(modelId)?.name ?? modelId,
        cell: ({ modelId }) => <Model model={byId?.get(modelId) ?? modelId} />,
        facet: true,
        width: 240,
      },
      {
        id: 'region',
        header: text.region,
        value: ({ region }) => region,
        facet: (region) => common.regions[region as keyof typeof common.regions] ?? region,
        cell: ({ region }) => common.regions[region as keyof typeof common.regions] ?? region,
        width: 150,
      },
      {
        id: 'price',
        header: text.price,
        value: ({ priceMicroUsdPerHour }) => BigInt(priceMicroUsdPerHour),
        cell: ({ priceMicroUsdPerHour }) => <Money micro={priceMicroUsdPerHour} currency="USD" digits={priceDigits} />,
        align: 'right',
      },
      {
        id: 'hired',
        header: text.hired,
        value: ({ hiredDevices, readyDevices }) => (readyDevices === 0 ? 0 : hiredDevices / readyDevices),
        cell: ({ hiredDevices, readyDevices }) => `${format.number(hiredDevices)} / ${format.number(readyDevices)}`,
        align: 'right',
        from: 'sm',
      },
      {
        id: 'own',
        header: text.own,
        value: ownDevices,
        cell: (price) => format.number(ownDevices(price)),
        align: 'right',
        from: 'sm',
      },
      { id: 'at', header: text.at, value: ({ at }) => at, cell: ({ at }) => <Instant at={at} />, from: 'md' },
    ];
  }, [byId, workers.data, text, common, format]);
  return (
    <DataTable
      id="market"
      label={text.title}
      rows={prices}
      columns={columns}
      rowId={({ modelId, region }) => `${modelId}/${region}`}
      sort="-price"
      maxHeight={640}
      empty={<Empty title={text.none} />}
    />
  );
}
