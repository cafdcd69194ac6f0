/** Who called what in the organization, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Actor, useActorName } from '../../app/actor.tsx';
import { Empty } from '../../design/answers.tsx';
import { More } from '../../design/more.tsx';
import { Page } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type AuditEvent, auditQuery } from './organization/queries.ts';

export function Audit() {
  const { audit: text } = useText('console');
  const actorName = useActorName();
  const audit = useInfiniteQuery(auditQuery);
  const columns: Column<AuditEvent>[] = [
    { id: 'seq', header: text.number, value: ({ seq }) => BigInt(seq), cell: ({ seq }) => seq, width: 90, from: 'md' },
    { id: 'at', header: text.at, value: ({ at }) => at, cell: ({ at }) => <Instant at={at} />, width: 150 },
    {
      id: 'call',
      header: text.call,
      value: ({ method, path }) => `${method} ${path}`,
      cell: ({ method, path }) => (
        <code>
          {method} {path}
        </code>
      ),
      width: 340,
    },
    {
      id: 'outcome',
      header: text.outcome,
      value: ({ outcome }) => outcome,
      facet: true,
      cell: ({ outcome }) => <ToneBadge tone={outcome === 'accepted' ? 'good' : 'bad'} word={outcome} />,
      width: 150,
    },
    {
      id: 'actor',
      header: text.actor,
      value: ({ actorId }) => actorId,
      cell: ({ actorId }) => <Actor id={actorId} />,
      facet: actorName,
      from: 'md',
      width: 160,
    },
    { id: 'ip', header: text.address, value: ({ ip }) => ip, from: 'lg', width: 130 },
    { id: 'request', header: text.request, value: ({ requestId }) => requestId, from: 'lg', hidden: true },
  ];
  return (
    <Page title={text.title} lead={text.lead}>
      <More query={audit}>
        {(rows) => (
          <DataTable
            id="audit"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ seq }) => seq}
            maxHeight={640}
            empty={<Empty title={text.none} />}
          />
        )}
      </More>
    </Page>
  );
}
