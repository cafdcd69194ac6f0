/** API keys: what programs sign in with. A key is shown once, when it is made. */
import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import type { Scope } from '@muster/common/actor';
import { answer, type Schemas } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import { useMe } from '../../app/session.ts';
import { Empty, Failure, Loaded } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { useNow } from '../../design/now.ts';
import { Page } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Code, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type ApiKey, apiKeysQuery } from './organization/queries.ts';

export function ApiKeys() {
  const { apiKeys: text } = useText('console');
  const common = useText('common');
  const keys = useQuery(apiKeysQuery);
  const confirm = useConfirm();
  const now = useNow();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Schemas['CreatedApiKey']>();
  const revoke = useMutation({
    mutationFn: (apiKeyId: string) =>
      answer(api.public.DELETE('/api-keys/{apiKeyId}', { params: { path: { apiKeyId } } })),
    onSettled: renew,
  });

  const askToRevoke = async ({ id, name, prefix }: ApiKey) => {
    const yes = await confirm({
      title: text.revokeTitle(name),
      lost: text.revokeLost(prefix),
      action: text.revoke,
      danger: true,
    });
    if (yes) revoke.mutate(id);
  };
  const stateOf = ({ revokedAt, expiresAt }: ApiKey) =>
    revokedAt ? 'revoked' : expiresAt && new Date(expiresAt) <= now ? 'expired' : 'valid';

  const columns: Column<ApiKey>[] = [
    { id: 'name', header: text.name, value: ({ name }) => name, width: 180 },
    {
      id: 'state',
      header: text.state,
      value: stateOf,
      facet: (state) => text.states[state as 'valid'],
      cell: (key) => {
        const state = stateOf(key);
        return <ToneBadge tone={state === 'valid' ? 'good' : 'done'} word={text.states[state]} />;
      },
      width: 120,
    },
    {
      id: 'prefix',
      header: text.prefix,
      value: ({ prefix }) => prefix,
      cell: ({ prefix }) => <code>{prefix}…</code>,
      from: 'md',
    },
    { id: 'scopes', header: text.scopes, value: ({ scopes }) => scopes.join(', '), from: 'lg', width: 280 },
    {
      id: 'used',
      header: text.lastUsed,
      value: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt }) => <Instant at={lastUsedAt} none={common.never} />,
      from: 'sm',
    },
    {
      id: 'expires',
      header: text.expires,
      value: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Instant at={expiresAt} none={common.never} />,
      from: 'md',
    },
    {
      id: 'actions',
      header: text.actions,
      value: () => null,
      width: 110,
      cell: (key) =>
        stateOf(key) === 'valid' && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`${text.revoke}: ${key.name}`}
            onClick={() => void askToRevoke(key)}
          >
            {text.revoke}
          </Button>
        ),
    },
  ];

  return (
    <Page title={text.title} lead={text.lead} actions={<Button onClick={() => setMaking(true)}>{text.make}</Button>}>
      {revoke.error && <Failure error={revoke.error} />}
      {made && (
        <Alert
          color="muster"
          title={text.madeTitle(made.name)}
          withCloseButton
          closeButtonLabel={common.actions.close}
          onClose={() => setMade(undefined)}
        >
          <Stack gap="xs">
            <Text size="sm">{text.madeHint}</Text>
            <Code label={text.key}>{made.key}</Code>
          </Stack>
        </Alert>
      )}
      <Loaded query={keys}>
        {(rows) => (
          <DataTable
            id="keys"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            empty={
              <Empty title={text.none}>
                <Text>{text.noneHint}</Text>
              </Empty>
            }
          />
        )}
      </Loaded>
      <Modal
        opened={making}
        onClose={() => setMaking(false)}
        title={text.make}
        closeButtonProps={{ 'aria-label': common.actions.close }}
      >
        <NewKey
          onMade={(key) => {
            setMade(key);
            setMaking(false);
          }}
        />
      </Modal>
    </Page>
  );
}

function renew() {
  return queryClient.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
}

function NewKey({ onMade }: { onMade: (key: Schemas['CreatedApiKey']) => void }) {
  const { apiKeys: text } = useText('console');
  const { scopes } = useMe();
  const [name, setName] = useState('');
  const [expires, setExpires] = useState('');
  const [chosen, setChosen] = useState<string[]>(scopes.filter((scope) => !scope.startsWith('operator:')));
  const make = useMutation({
    mutationFn: () =>
      answer(
        api.public.POST('/api-keys', {
          body: {
            name,
            scopes: chosen as Scope[],
            ...(expires && { expiresAt: new Date(`${expires}T23:59:59`).toISOString() }),
          },
        }),
      ),
    onSuccess: async (key) => {
      onMade(key);
      await renew();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={text.name}
          description={text.nameHint}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          required
          maxLength={100}
          data-autofocus
        />
        <Checkbox.Group label={text.scopes} description={text.scopesHint} value={chosen} onChange={setChosen}>
          <Stack gap={6} mt="xs">
            {scopes.map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} />
            ))}
          </Stack>
        </Checkbox.Group>
        <TextInput
          type="date"
          label={text.expires}
          description={text.expiresHint}
          value={expires}
          onChange={({ currentTarget }) => setExpires(currentTarget.value)}
        />
        {make.error && <Failure error={make.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={make.isPending} disabled={chosen.length === 0}>
            {text.make}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
