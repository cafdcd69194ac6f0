/** The members of the organization, and what each may do. */
import { Button, Select, TextInput } from '@mantine/core';
import { type Role, roles } from '@muster/common/actor';
import { answer } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import { useMay, useMe } from '../../app/session.ts';
import { Empty, Failure, Loaded } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { Page } from '../../design/page.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type Member, membersQuery } from './organization/queries.ts';

const renews = [membersQuery.queryKey];

export function Members() {
  const { members: text } = useText('console');
  const common = useText('common');
  const me = useMe();
  const mayChange = useMay('members:write');
  const members = useQuery(membersQuery);
  const confirm = useConfirm();
  const renew = () => queryClient.invalidateQueries({ queryKey: membersQuery.queryKey });
  const setRole = useMutation({
    mutationFn: ({ personId, role }: { personId: string; role: Role }) =>
      answer(api.public.PATCH('/members/{personId}', { params: { path: { personId } }, body: { role } })),
    onSettled: renew,
  });
  const remove = useMutation({
    mutationFn: (personId: string) =>
      answer(api.public.DELETE('/members/{personId}', { params: { path: { personId } } })),
    onSettled: renew,
  });
  const error = setRole.error ?? remove.error;

  const askToRemove = async ({ personId, name, email }: Member) => {
    const yes = await confirm({
      title: text.removeTitle(name),
      lost: text.removeLost(email),
      action: common.actions.remove,
      danger: true,
    });
    if (yes) remove.mutate(personId);
  };

  const columns: Column<Member>[] = [
    { id: 'name', header: text.name, value: ({ name }) => name, width: 200 },
    { id: 'email', header: text.email, value: ({ email }) => email, width: 240 },
    {
      id: 'role',
      header: text.role,
      value: ({ role }) => role,
      facet: (role) => common.roles[role as Role],
      width: 180,
      cell: ({ personId, role, name }) =>
        mayChange ? (
          <Select
            size="xs"
            aria-label={text.roleOf(name)}
            data={roles.map((value) => ({ value, label: common.roles[value] }))}
            value={role}
            allowDeselect={false}
            onChange={(value) => value && value !== role && setRole.mutate({ personId, role: value as Role })}
          />
        ) : (
          common.roles[role]
        ),
    },
    {
      id: 'since',
      header: text.since,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Instant at={createdAt} />,
      from: 'md',
    },
    ...(mayChange
      ? [
          {
            id: 'actions',
            header: text.actions,
            value: () => null,
            width: 120,
            cell: (member: Member) => (
              <Button size="compact-xs" variant="subtle" color="red" onClick={() => void askToRemove(member)}>
                {member.personId === me.person?.id ? text.leave : common.actions.remove}
              </Button>
            ),
          },
        ]
      : []),
  ];

  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        mayChange && (
          <DialogForm
            label={text.add}
            initial={{ email: '', role: 'member' }}
            required={['email']}
            renews={renews}
            act={({ email, role }) => answer(api.public.POST('/members', { body: { email, role: role as Role } }))}
          >
            {({ field }) => (
              <>
                <TextInput
                  {...field('email')}
                  type="email"
                  label={text.email}
                  description={text.addHint}
                  data-autofocus
                />
                <Select
                  {...field('role')}
                  label={text.role}
                  description={text.roleHint}
                  data={roles.map((value) => ({ value, label: common.roles[value] }))}
                  allowDeselect={false}
                />
              </>
            )}
          </DialogForm>
        )
      }
    >
      {error && <Failure error={error} />}
      <Loaded query={members}>
        {(rows) => (
          <DataTable
            id="members"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ personId }) => personId}
            empty={<Empty title={text.none} />}
          />
        )}
      </Loaded>
    </Page>
  );
}
