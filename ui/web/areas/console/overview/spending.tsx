/** What was spent by day, money and what is none each in a chart of its own. */
import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { Chart } from '../../../design/chart.tsx';
import { useFormat } from '../../../design/format.ts';
import { TextLink } from '../../../design/links.tsx';
import { Section } from '../../../design/page.tsx';
import { SimulatedBadge } from '../../../design/states.tsx';
import { Money, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { spendingQuery } from '../billing/queries.ts';
import { drawn, microOf, spendingByCurrency } from '../billing/spent.ts';

/** As many as the sums of this month need: one answer serves both. */
const days = 31;

export function DailySpending() {
  const text = useText('console').overview;
  const format = useFormat();
  const query = useQuery(spendingQuery(days));
  return (
    <Section title={text.spending} actions={<TextLink to="/console/billing">{text.steps.credit.link}</TextLink>}>
      <Stack gap="sm">
        <Quiet>{text.spendingLead(days)}</Quiet>
        <Loaded query={query} empty={<Empty title={text.spendingNone} />}>
          {({ items, at }) => (
            <Stack>
              {spendingByCurrency(items, at).map(({ currency, total, series }) => (
                <div key={currency}>
                  <Group gap="xs">
                    <Text size="sm" fw={600}>
                      <Money micro={total} currency={currency} />
                    </Text>
                    {currency === 'SIM' && <SimulatedBadge />}
                  </Group>
                  <Chart
                    label={`${text.spending}, ${currency}`}
                    kind="bar"
                    height={180}
                    at={at}
                    series={[
                      {
                        label: text.spendingSeries,
                        values: at.map((_, day) =>
                          drawn([...series.values()].reduce((sum, each) => sum + each[day]!, 0n)),
                        ),
                      },
                    ]}
                    format={(value) => format.money(microOf(value), currency)}
                  />
                </div>
              ))}
            </Stack>
          )}
        </Loaded>
      </Stack>
    </Section>
  );
}
