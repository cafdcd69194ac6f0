/** The organization's name and quota, and one's own password. */
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { answer, Problem } from '@muster/contract/client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import { sessionQuery, useMay, useMe } from '../../app/session.ts';
import { Failure } from '../../design/answers.tsx';
import { ButtonLink } from '../../design/links.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { Id, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';

export function Settings() {
  const { settings: text } = useText('console');
  const common = useText('common');
  const { organization, person, scopes } = useMe();
  const mayRename = useMay('members:write');
  return (
    <Page title={text.title}>
      <Section title={text.organization}>
        <Stack>
          <Facts
            of={[
              ['ID', <Id key="id" id={organization.id} />],
              [text.quota, organization.deviceQuota === null ? text.noQuota : common.devices(organization.deviceQuota)],
              [text.since, <Instant key="since" at={organization.createdAt} />],
            ]}
          />
          {mayRename ? <Rename name={organization.name} /> : organization.name}
        </Stack>
      </Section>
      <Section
        title={text.you}
        actions={
          <ButtonLink to="/console/sessions" size="xs" variant="default">
            {text.sessions}
          </ButtonLink>
        }
      >
        <Facts
          of={[
            [text.name, person?.name],
            [text.email, person?.email],
            [text.scopes, scopes.join(', ')],
          ]}
        />
      </Section>
      <Section title={text.password}>
        <Password email={person?.email ?? ''} />
      </Section>
    </Page>
  );
}

function Rename({ name: before }: { name: string }) {
  const { settings: text } = useText('console');
  const common = useText('common');
  const [name, setName] = useState(before);
  const rename = useMutation({
    mutationFn: () => answer(api.public.PATCH('/organization', { body: { name } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  });
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        rename.mutate();
      }}
    >
      <Stack align="flex-start" maw={420}>
        <TextInput
          label={text.organizationName}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          required
          maxLength={100}
          w="100%"
        />
        {rename.error && <Failure error={rename.error} />}
        <Button type="submit" loading={rename.isPending} disabled={name.trim() === before}>
          {common.actions.save}
        </Button>
      </Stack>
    </form>
  );
}

function Password({ email }: { email: string }) {
  const { settings: text } = useText('console');
  const change = useMutation({
    mutationFn: (form: FormData) =>
      answer(
        api.public.POST('/password', {
          body: {
            currentPassword: String(form.get('currentPassword')),
            newPassword: String(form.get('newPassword')),
          },
        }),
      ),
  });
  const wrong = change.error instanceof Problem && change.error.code === 'unauthenticated';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        change.mutate(new FormData(form), { onSuccess: () => form.reset() });
      }}
    >
      <Stack align="flex-start" maw={420}>
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <PasswordInput
          name="currentPassword"
          label={text.currentPassword}
          autoComplete="current-password"
          required
          w="100%"
          error={wrong && change.error?.message}
        />
        <PasswordInput
          name="newPassword"
          label={text.newPassword}
          description={text.passwordHint}
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={200}
          w="100%"
        />
        {change.error && !wrong && <Failure error={change.error} />}
        {change.isSuccess && (
          <Alert color="green" role="status">
            {text.passwordChanged}
          </Alert>
        )}
        <Button type="submit" loading={change.isPending}>
          {text.changePassword}
        </Button>
      </Stack>
    </form>
  );
}
