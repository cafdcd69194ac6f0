/** What is available now: where it is, what it is, and what it costs. */

import { Group, Stack, Switch, Text, Title } from '@mantine/core';
import type { Currency } from '@muster/common/money';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useAddress } from '../../app/address.ts';
import { modelsById } from '../../app/catalogue.ts';
import { one } from '../../app/search.ts';
import { useSession } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { priceDigits, useFormat } from '../../design/format.ts';
import { ButtonLink } from '../../design/links.tsx';
import { Section, Stats } from '../../design/page.tsx';
import { SimulatedBadge, ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Model, Money } from '../../design/values.tsx';
import { type MapPlace, WorldMap } from '../../design/world-map.tsx';
import { useText } from '../../messages/index.ts';
import { type Offer, offersQuery } from './queries.ts';
import classes from './site.module.css';

export function Availability() {
  const text = useText('site');
  const common = useText('common');
  const { me } = useSession();
  const [search, change] = useAddress();
  const simulated = one(search.simulated) === 'true';
  const chosen = one(search['offers.country']);
  const offers = useQuery(offersQuery(simulated));

  useEffect(() => {
    document.title = `${common.nav.available} · ${common.product}`;
  }, [common]);

  return (
    <Stack gap="xl">
      <div className={classes.hero}>
        <Title order={1}>{text.availability.headline}</Title>
        <Text className={classes.lead!}>{text.availability.lead}</Text>
        <Group gap="sm">
          {me ? (
            <ButtonLink to="/console/clusters/new">{text.availability.create}</ButtonLink>
          ) : (
            <ButtonLink to="/signup">{text.availability.start}</ButtonLink>
          )}
          <ButtonLink to="/how-it-works" variant="default">
            {common.nav.howItWorks}
          </ButtonLink>
        </Group>
      </div>

      <Group justify="space-between" align="center">
        <Title order={2}>{common.nav.available}</Title>
        <Group gap="xs">
          {simulated && <SimulatedBadge />}
          <Switch
            label={text.showSimulated}
            checked={simulated}
            onChange={({ currentTarget }) => change({ simulated: currentTarget.checked ? 'true' : undefined })}
          />
        </Group>
      </Group>
      <Loaded
        query={offers}
        empty={
          <Empty title={text.availability.none}>
            <Text>{text.availability.noneHint}</Text>
          </Empty>
        }
      >
        {(items) => (
          <>
            <Totals offers={items} />
            <Section title={text.availability.where}>
              <Places
                offers={items}
                selected={chosen}
                onSelect={(country) => change({ 'offers.country': country === chosen ? undefined : country })}
              />
            </Section>
            <Section title={text.availability.what}>
              <OfferTable offers={items} />
            </Section>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Totals({ offers }: { offers: Offer[] }) {
  const text = useText('site');
  const format = useFormat();
  const sum = (of: (offer: Offer) => number) => offers.reduce((total, offer) => total + of(offer), 0);
  const distinct = (of: (offer: Offer) => string) => new Set(offers.map(of)).size;
  return (
    <Stats
      of={[
        [text.availability.devices, format.number(sum(({ devices }) => devices))],
        [text.availability.workers, format.number(sum(({ workers }) => workers))],
        [text.availability.models, format.number(distinct(({ modelId }) => modelId))],
        [text.availability.countries, format.number(distinct(({ country }) => country))],
      ]}
    />
  );
}

interface PlacesProps {
  offers: Offer[];
  selected: string | undefined;
  onSelect: (country: string) => void;
}

function Places({ offers, selected, onSelect }: PlacesProps) {
  const text = useText('site');
  const format = useFormat();
  const places = useMemo(() => {
    const byCountry = Map.groupBy(offers, ({ country }) => country);
    return [...byCountry].map(([country, those]): MapPlace => {
      const devices = those.reduce((sum, offer) => sum + offer.devices, 0);
      const least = those.reduce((price, offer) => {
        const asked = BigInt(offer.priceMicroUsdPerDeviceHour);
        return asked < price ? asked : price;
      }, BigInt(those[0]!.priceMicroUsdPerDeviceHour));
      const price = format.money(least, those[0]!.currency, { digits: priceDigits });
      return {
        country,
        value: devices,
        label: text.availability.place(format.country(country), devices, price),
        simulated: those[0]!.simulated,
      };
    });
  }, [offers, text, format]);
  return (
    <WorldMap
      label={text.availability.where}
      places={places}
      selected={selected ? [selected] : []}
      onSelect={onSelect}
      height={380}
    />
  );
}

function OfferTable({ offers }: { offers: Offer[] }) {
  const text = useText('site');
  const common = useText('common');
  const format = useFormat();
  const { data: byId } = useQuery(modelsById);
  const columns = useMemo((): Column<Offer>[] => {
    return [
      {
        id: 'model',
        header: text.offer.model,
        value: ({ modelName }) => modelName,
        cell: ({ modelId, modelName }) => <Model model={byId?.get(modelId) ?? modelName} />,
        facet: true,
        width: 240,
      },
      {
        id: 'country',
        header: text.offer.country,
        value: ({ country }) => country,
        cell: ({ country }) => <Country code={country} />,
        facet: (code) => format.country(code),
        width: 170,
      },
      {
        id: 'tier',
        header: text.offer.connectivity,
        value: ({ connectivityTier }) => connectivityTier ?? '',
        cell: ({ connectivityTier }) => (connectivityTier ? common.connectivityTiers[connectivityTier] : '–'),
        facet: (tier) => common.connectivityTiers[tier as 'low'] ?? '–',
        from: 'md',
      },
      {
        id: 'service',
        header: text.offer.service,
        value: ({ serviceTier }) => serviceTier,
        cell: ({ serviceTier }) => common.serviceTiers[serviceTier],
        facet: (tier) => common.serviceTiers[tier as 'economy'],
        from: 'lg',
      },
      {
        id: 'compliance',
        header: text.offer.compliance,
        value: ({ compliance }) => compliance.map((each) => common.compliances[each]).join(', '),
        cell: ({ compliance }) =>
          compliance.length === 0 ? (
            '–'
          ) : (
            <Group gap={4} wrap="nowrap">
              {compliance.map((each) => (
                <ToneBadge key={each} tone="good" word={common.compliances[each]} />
              ))}
            </Group>
          ),
        from: 'lg',
        hidden: true,
      },
      {
        id: 'devices',
        header: text.offer.free,
        value: ({ devices }) => devices,
        cell: ({ devices }) => format.number(devices),
        align: 'right',
        width: 110,
      },
      {
        id: 'price',
        header: text.offer.price,
        value: ({ priceMicroUsdPerDeviceHour }) => BigInt(priceMicroUsdPerDeviceHour),
        cell: ({ priceMicroUsdPerDeviceHour, currency }) => (
          <Money micro={priceMicroUsdPerDeviceHour} currency={currency as Currency} digits={priceDigits} />
        ),
        align: 'right',
        width: 140,
      },
    ];
  }, [byId, text, common, format]);
  return (
    <DataTable
      id="offers"
      label={text.availability.what}
      rows={offers}
      columns={columns}
      rowId={(offer) =>
        [offer.modelId, offer.country, offer.connectivityTier, offer.serviceTier, offer.compliance].join('/')
      }
      rowLink={({ modelId, simulated }) => ({
        to: '/models/$modelId',
        params: { modelId },
        search: simulated ? { simulated: 'true' } : {},
      })}
      sort="price"
      maxHeight={560}
      empty={<Empty title={text.availability.none} />}
    />
  );
}
