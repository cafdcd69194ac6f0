/** Where one is signed in, and the way to end it there. */
import { Button } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import { Empty, Failure, Loaded } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { Page } from '../../design/page.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type Session, sessionsQuery } from './organization/queries.ts';

export function Sessions() {
  const { sessions: text } = useText('console');
  const sessions = useQuery(sessionsQuery);
  const confirm = useConfirm();
  const end = useMutation({
    mutationFn: (sessionId: string) =>
      answer(api.public.DELETE('/sessions/{sessionId}', { params: { path: { sessionId } } })),
    onSettled: async () => {
      // It may have been this one.
      await queryClient.invalidateQueries({ queryKey: ['session'] });
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  const askToEnd = async ({ id, ip }: Session) => {
    if (await confirm({ title: text.endTitle, lost: text.endLost(ip), action: text.end, danger: true })) end.mutate(id);
  };
  const columns: Column<Session>[] = [
    {
      id: 'browser',
      header: text.browser,
      value: ({ userAgent }) => userAgent,
      cell: ({ userAgent }) => <span title={userAgent}>{browserOf(userAgent)}</span>,
      width: 220,
    },
    { id: 'ip', header: text.address, value: ({ ip }) => ip, width: 140 },
    {
      id: 'seen',
      header: text.lastSeen,
      value: ({ lastSeenAt }) => lastSeenAt,
      cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} />,
    },
    {
      id: 'since',
      header: text.since,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Instant at={createdAt} />,
      from: 'md',
    },
    {
      id: 'expires',
      header: text.expires,
      value: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Instant at={expiresAt} />,
      from: 'md',
    },
    {
      id: 'actions',
      header: text.actions,
      value: () => null,
      width: 100,
      cell: (session) => (
        <Button size="compact-xs" variant="subtle" color="red" onClick={() => void askToEnd(session)}>
          {text.end}
        </Button>
      ),
    },
  ];
  return (
    <Page title={text.title} lead={text.lead}>
      {end.error && <Failure error={end.error} />}
      <Loaded query={sessions}>
        {(rows) => (
          <DataTable
            id="sessions"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            sort="-seen"
            empty={<Empty title={text.none} />}
          />
        )}
      </Loaded>
    </Page>
  );
}

/** A browser and its system by the words that all of them send; the whole text where none is known. */
function browserOf(userAgent: string): string {
  const browser = /(Firefox|Edg|OPR|HeadlessChrome|Chrome|Safari)\/(\d+)/.exec(userAgent);
  const system = /(Windows|Mac OS X|Android|iPhone|Linux)/.exec(userAgent);
  return browser ? [`${browser[1]} ${browser[2]}`, system?.[1]].filter(Boolean).join(' · ') : userAgent.slice(0, 60);
}
