/** Who called what, in every organization; and the proof that nothing of it was changed. */

import { Button, Group, Stack, Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Actor, useActorName } from '../../app/actor.tsx';
import { useParameter } from '../../app/address.ts';
import { Empty, Failure } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { More } from '../../design/more.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Id, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { OrganizationSelect } from './organization-select.tsx';
import { auditQuery, auditVerificationQuery } from './queries.ts';
import { CheckedAt, OrganizationLink, useOrganizationName } from './things.tsx';

type AuditEvent = Schemas['AuditEvent'];

export function Audit() {
  const text = useText('admin').audit;
  const [organizationId, setOrganization] = useParameter('organizationId');
  const audit = useInfiniteQuery(auditQuery(organizationId));
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <Button size="xs" variant="default" loading={audit.isRefetching} onClick={() => void audit.refetch()}>
          {text.again}
        </Button>
      }
    >
      <Verification />
      <Group>
        <OrganizationSelect label={text.organization} value={organizationId} onChange={setOrganization} />
      </Group>
      <More query={audit}>{(rows) => <Entries rows={rows} />}</More>
    </Page>
  );
}

/** Each entry is chained to the one before by its hash; walking the chain finds what was changed or is missing. */
function Verification() {
  const text = useText('admin').audit;
  const format = useFormat();
  const verification = useQuery(auditVerificationQuery);
  const { data } = verification;
  return (
    <Section
      title={text.chain}
      actions={
        <Button size="xs" loading={verification.isFetching} onClick={() => void verification.refetch()}>
          {text.verify}
        </Button>
      }
    >
      <Stack gap="sm" aria-live="polite">
        <Text size="sm">{text.chainHint}</Text>
        {verification.error && <Failure error={verification.error} />}
        {data && (
          <>
            <Group gap="xs">
              <ToneBadge tone={data.ok ? 'good' : 'bad'} word={data.ok ? text.whole : text.broken} />
              <Text size="sm">
                {text.entriesHold(data.count)}. <CheckedAt query={verification} />
              </Text>
            </Group>
            <Facts
              of={[
                ...(data.firstBroken
                  ? [[text.firstBroken, `${data.firstBroken.seq}: ${data.firstBroken.why}`] as [string, string]]
                  : []),
                ...(data.head
                  ? ([
                      [text.headSeq, format.number(Number(data.head.seq))],
                      [text.headHash, <Id key="hash" id={data.head.hash} />],
                    ] as [string, React.ReactNode][])
                  : []),
              ]}
            />
            {data.head && <Text size="sm">{text.headHint}</Text>}
          </>
        )}
      </Stack>
    </Section>
  );
}

function Entries({ rows }: { rows: AuditEvent[] }) {
  const text = useText('admin').audit;
  const organizationName = useOrganizationName();
  const actorName = useActorName();
  const columns = useMemo(
    (): Column<AuditEvent>[] => [
      { id: 'at', header: text.at, value: ({ at }) => at, cell: ({ at }) => <Instant at={at} /> },
      {
        id: 'organization',
        header: text.organization,
        value: (each) => each.organizationId && organizationName(each.organizationId),
        cell: (each) => (each.organizationId ? <OrganizationLink id={each.organizationId} /> : '–'),
      },
      {
        id: 'actor',
        header: text.actor,
        value: ({ actorId }) => actorId,
        cell: ({ actorId }) => <Actor id={actorId} />,
        facet: actorName,
      },
      { id: 'method', header: text.method, value: ({ method }) => method, facet: true, width: 90 },
      { id: 'path', header: text.path, value: ({ path }) => path, width: 280 },
      {
        id: 'outcome',
        header: text.outcome,
        value: ({ outcome }) => outcome,
        width: 170,
        cell: ({ outcome }) => <ToneBadge tone={outcome === 'accepted' ? 'good' : 'warn'} word={outcome} />,
        facet: true,
      },
      { id: 'ip', header: text.ip, value: ({ ip }) => ip, facet: true, from: 'lg' },
      {
        id: 'request',
        header: text.request,
        value: ({ requestId }) => requestId,
        cell: ({ requestId }) => <Id id={requestId} short />,
        from: 'lg',
      },
      {
        id: 'details',
        header: text.details,
        value: ({ details }) => JSON.stringify(details),
        width: 320,
        hidden: true,
      },
      {
        id: 'hash',
        header: text.hash,
        value: ({ hash }) => hash,
        cell: ({ hash }) => <Id id={hash} short />,
        hidden: true,
      },
      { id: 'seq', header: text.seq, value: ({ seq }) => BigInt(seq), hidden: true },
    ],
    [text, organizationName, actorName],
  );
  return (
    <DataTable
      id="audit"
      label={text.title}
      rows={rows}
      columns={columns}
      rowId={({ seq }) => seq}
      empty={<Empty title={text.empty} />}
    />
  );
}
