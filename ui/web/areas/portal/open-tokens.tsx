/** Tokens that no machine has used yet: each can be looked at again, or revoked before somebody else uses it. */
import { Button, Group } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import { Empty, Failure, Loaded } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { ButtonLink } from '../../design/links.tsx';
import { useNow } from '../../design/now.ts';
import { Section } from '../../design/page.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Id, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { tokensQuery } from './queries.ts';

type Token = Schemas['EnrolmentToken'];

export function OpenTokens() {
  const { tokens: text } = useText('portal');
  const confirm = useConfirm();
  const now = useNow();
  const tokens = useQuery(tokensQuery);
  const revoke = useMutation({
    mutationFn: (enrolmentTokenId: string) =>
      answer(api.private.DELETE('/enrolment-tokens/{enrolmentTokenId}', { params: { path: { enrolmentTokenId } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const askToRevoke = async ({ id, name }: Token) => {
    const yes = await confirm({
      title: text.revokeTitle(name ?? id),
      lost: text.revokeLost,
      action: text.revoke,
      danger: true,
    });
    if (yes) revoke.mutate(id);
  };
  const columns: Column<Token>[] = [
    { id: 'name', header: text.name, value: ({ name, id }) => name ?? id, width: 180 },
    { id: 'id', header: 'ID', value: ({ id }) => id, cell: ({ id }) => <Id id={id} short />, from: 'md', width: 170 },
    {
      id: 'country',
      header: text.country,
      value: ({ country }) => country,
      cell: ({ country }) => <Country code={country} />,
      from: 'sm',
    },
    {
      id: 'expires',
      header: text.expires,
      value: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Instant at={expiresAt} />,
    },
    {
      id: 'actions',
      header: text.actions,
      value: () => null,
      width: 190,
      cell: (token) => (
        <Group gap={4} wrap="nowrap">
          <ButtonLink
            to="/portal/add"
            search={{ enrolment: token.id }}
            size="compact-xs"
            variant="subtle"
            aria-label={`${text.follow}: ${token.name ?? token.id}`}
          >
            {text.follow}
          </ButtonLink>
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`${text.revoke}: ${token.name ?? token.id}`}
            onClick={() => void askToRevoke(token)}
          >
            {text.revoke}
          </Button>
        </Group>
      ),
    },
  ];
  return (
    <Section title={text.title}>
      {revoke.error && <Failure error={revoke.error} />}
      <Loaded query={tokens}>
        {(all) => (
          <DataTable
            id="tokens"
            label={text.title}
            rows={all.filter(({ usedAt, expiresAt }) => usedAt === null && new Date(expiresAt) > now)}
            columns={columns}
            rowId={({ id }) => id}
            empty={<Empty title={text.none} />}
          />
        )}
      </Loaded>
    </Section>
  );
}
