/** One hardware model: what it is, where it can be taken now, and what it has cost. */

import { Group, SegmentedControl, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useAddress } from '../../app/address.ts';
import { modelsQuery } from '../../app/catalogue.ts';
import { NotFound } from '../../app/root.tsx';
import { one } from '../../app/search.ts';
import { Empty, Failure, Lines, Loaded } from '../../design/answers.tsx';
import { Chart } from '../../design/chart.tsx';
import { priceDigits, useFormat } from '../../design/format.ts';
import { ButtonLink, TextLink } from '../../design/links.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { SimulatedBadge } from '../../design/states.tsx';
import { Country, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { offersQuery, type PriceSpan, priceHistoryQuery, priceSpans } from './queries.ts';
import classes from './site.module.css';

export function ModelPage() {
  const text = useText('site');
  const common = useText('common');
  const format = useFormat();
  const { modelId } = useParams({ strict: false }) as { modelId: string };
  const [search] = useAddress();
  const simulated = one(search.simulated) === 'true';
  const models = useQuery(modelsQuery);
  const offers = useQuery(offersQuery(simulated));

  if (models.error && !models.data) return <Failure error={models.error} retry={() => void models.refetch()} />;
  if (!models.data) return <Lines />;
  const model = models.data.find(({ id }) => id === modelId);
  if (!model) return <NotFound />;

  return (
    <Page
      title={model.name}
      lead={<TextLink to="/">{common.nav.available}</TextLink>}
      actions={simulated && <SimulatedBadge />}
    >
      <Section title={text.model.facts}>
        <Facts
          of={[
            [text.model.vendor, model.vendor],
            [text.model.memory, model.kind === 'gpu' ? `${format.number(Math.round(model.memoryMb / 1024))} GB` : '–'],
            [text.model.architecture, model.architecture],
            [text.model.interconnect, model.interconnect ?? '–'],
            ['ID', <code key="id">{model.id}</code>],
          ]}
        />
      </Section>
      <Section title={text.model.offers}>
        <Loaded query={offers}>
          {(all) => {
            const own = all.filter((offer) => offer.modelId === modelId);
            if (own.length === 0) return <Empty title={text.model.noOffers} />;
            return (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
              <section className={classes.scroll} aria-label={text.model.offers} tabIndex={0}>
                <table className={`${classes.members} ${classes.offers}`}>
                  <thead>
                    <tr>
                      <th scope="col">{text.offer.country}</th>
                      <th scope="col">{text.offer.connectivity}</th>
                      <th scope="col">{text.offer.service}</th>
                      <th scope="col">{text.offer.free}</th>
                      <th scope="col">{text.offer.price}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {own.map((offer) => (
                      <tr key={[offer.country, offer.connectivityTier, offer.serviceTier, offer.compliance].join('/')}>
                        <td>
                          <Country code={offer.country} />
                        </td>
                        <td>{offer.connectivityTier ? common.connectivityTiers[offer.connectivityTier] : '–'}</td>
                        <td>{common.serviceTiers[offer.serviceTier]}</td>
                        <td>{common.devices(offer.devices)}</td>
                        <td>
                          <Money
                            micro={offer.priceMicroUsdPerDeviceHour}
                            currency={offer.currency}
                            digits={priceDigits}
                          />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </section>
            );
          }}
        </Loaded>
        <Group mt="md">
          <ButtonLink
            to="/console/clusters/new"
            search={{ model: modelId, ...(simulated && { simulated: 'true' }) }}
            size="sm"
          >
            {text.availability.create}
          </ButtonLink>
        </Group>
      </Section>
      <PriceHistory modelId={modelId} simulated={simulated} />
    </Page>
  );
}

function PriceHistory({ modelId, simulated }: { modelId: string; simulated: boolean }) {
  const text = useText('site');
  const common = useText('common');
  const format = useFormat();
  const [search, change] = useAddress();
  const span = (Object.keys(priceSpans).find((each) => each === search.span) ?? 'week') as PriceSpan;
  const history = useQuery(priceHistoryQuery(modelId, span, simulated));
  const currency = simulated ? 'SIM' : 'USD';
  const regions = useMemo(() => [...new Set(history.data?.points.map(({ region }) => region))], [history.data]);
  const { data: offers = [] } = useQuery(offersQuery(simulated));
  // Where most of it is to be had, until another region is chosen.
  const devices = (where: string) =>
    offers.reduce((sum, each) => sum + (each.modelId === modelId && each.region === where ? each.devices : 0), 0);
  const region =
    regions.find((each) => each === search.region) ?? regions.toSorted((a, b) => devices(b) - devices(a))[0];

  return (
    <Section
      title={text.model.history}
      actions={
        <Group gap="xs">
          <Select
            aria-label={text.model.region}
            data={regions.map((value) => ({
              value,
              label: common.regions[value as keyof typeof common.regions] ?? value,
            }))}
            value={region ?? null}
            onChange={(value) => value && change({ region: value })}
            allowDeselect={false}
            size="xs"
            w={150}
          />
          <SegmentedControl
            size="xs"
            aria-label={text.model.span}
            data={(Object.keys(priceSpans) as PriceSpan[]).map((value) => ({ value, label: text.model.spans[value] }))}
            value={span}
            onChange={(value) => change({ span: value })}
          />
        </Group>
      }
    >
      <Loaded query={history}>
        {({ points }) => {
          const shown = points.filter((point) => point.region === region);
          if (shown.length === 0) return <Empty title={text.model.noHistory} />;
          const series = (name: 'p10MicroUsdPerHour' | 'medianMicroUsdPerHour' | 'p90MicroUsdPerHour') =>
            shown.map((point) => Number(point[name]) / 1e6);
          return (
            <>
              <Chart
                label={text.model.history}
                at={shown.map(({ at }) => at)}
                series={[
                  { label: 'P90', values: series('p90MicroUsdPerHour'), band: true },
                  { label: 'P10', values: series('p10MicroUsdPerHour') },
                  { label: text.model.median, values: series('medianMicroUsdPerHour') },
                ]}
                format={(value) => format.money(BigInt(Math.round(value * 1e6)), currency, { digits: priceDigits })}
                fromZero={false}
              />
              <Text size="sm">{text.model.historyHint}</Text>
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
