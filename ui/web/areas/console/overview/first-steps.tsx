/** What a new organization does first; gone once it has had a cluster. */
import { Text } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { LinkProps } from '@tanstack/react-router';
import { api } from '../../../app/api.ts';
import { useMay } from '../../../app/session.ts';
import { TextLink } from '../../../design/links.tsx';
import { Section } from '../../../design/page.tsx';
import { ToneBadge } from '../../../design/states.tsx';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { balanceQuery } from '../billing/queries.ts';
import { clustersQuery } from '../queries.ts';
import classes from './overview.module.css';

const anyKeyQuery = queryOptions({
  queryKey: ['api keys', 'any'],
  queryFn: async ({ signal }) =>
    (await answer(api.public.GET('/api-keys', { params: { query: { limit: 1 } }, signal }))).items.length > 0,
});

export function FirstSteps() {
  const text = useText('console').overview;
  const mayRead = useMay('clusters:read');
  const mayBill = useMay('billing:read');
  const mayWrite = useMay('clusters:write');
  const { data: clusters } = useInfiniteQuery({ ...clustersQuery(), enabled: mayRead });
  const isNew = clusters?.pages[0]?.items.length === 0;
  const { data: balance } = useQuery({ ...balanceQuery, enabled: isNew && mayBill });
  const { data: anyKey } = useQuery({ ...anyKeyQuery, enabled: isNew });
  if (!isNew) return null;
  const { steps } = text;
  const offered: [step: (typeof steps)[keyof typeof steps], to: LinkProps['to'], done: boolean][] = [
    ...(mayBill
      ? [[steps.credit, '/console/billing', balance !== undefined && BigInt(balance.balanceMicroUsd) > 0n] as const]
      : []),
    ...(mayWrite ? [[steps.cluster, '/console/clusters/new', false] as const] : []),
    [steps.apiKey, '/console/api-keys', anyKey ?? false],
  ].map(([step, to, done]) => [step, to, done] as (typeof offered)[number]);
  return (
    <Section title={text.firstSteps}>
      <ol className={classes.steps}>
        {offered.map(([step, to, done]) => (
          <li key={step.title}>
            <Text fw={600}>
              {step.title} {done && <ToneBadge tone="good" word={text.done} />}
            </Text>
            <Quiet>{done ? step.done : step.text}</Quiet>
            <div>
              <TextLink to={to}>{step.link}</TextLink>
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}
