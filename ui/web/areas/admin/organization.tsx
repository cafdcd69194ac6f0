/** One organization: its money, members, clusters and workers; granting it credit, and setting its quota. */

import { Group, NumberInput, SimpleGrid, TextInput } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api } from '../../app/api.ts';
import { useMay } from '../../app/session.ts';
import { amountOf } from '../../design/amount.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { useFormat } from '../../design/format.ts';
import { ButtonLink } from '../../design/links.tsx';
import { Facts, Page, Section, Stats } from '../../design/page.tsx';
import { SimulatedBadge, ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Id, Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { organizationQuery } from './queries.ts';

type Overview = Schemas['OrganizationOverview'];

export function OrganizationPage() {
  const { organizationId = '' } = useParams({ strict: false });
  const text = useText('admin').organization;
  const organization = useQuery(organizationQuery(organizationId));
  const known = organization.data?.organization;
  return (
    <Page
      title={known?.name ?? text.title}
      heading={
        <Group gap="sm" component="span">
          {known?.name ?? text.title}
          {known?.operator && <ToneBadge tone="busy" word={text.operator} />}
        </Group>
      }
      lead={<Id id={organizationId} />}
      actions={known && <Actions organization={known} />}
    >
      <Loaded query={organization}>{(overview) => <OverviewOf overview={overview} />}</Loaded>
    </Page>
  );
}

function Actions({ organization }: { organization: Schemas['Organization'] }) {
  const text = useText('admin').organization;
  const common = useText('common');
  const path = { organizationId: organization.id };
  if (!useMay('operator:write')) return null;
  return (
    <>
      <DialogForm
        label={text.setQuota}
        title={text.setQuotaOf(organization.name)}
        button={{ variant: 'default' }}
        initial={{ deviceQuota: organization.deviceQuota === null ? '' : String(organization.deviceQuota) }}
        done={text.quotaSet(organization.name)}
        renews={[
          ['admin', 'organization'],
          ['admin', 'organizations'],
        ]}
        act={({ deviceQuota }) =>
          answer(
            api.internal.PATCH('/organizations/{organizationId}', {
              params: { path },
              body: { deviceQuota: deviceQuota === '' ? null : Number(deviceQuota) },
            }),
          )
        }
      >
        {({ values, set, field }) => (
          <NumberInput
            label={text.quota}
            description={text.quotaHint}
            min={0}
            max={1_000_000}
            allowDecimal={false}
            allowNegative={false}
            value={values.deviceQuota}
            error={field('deviceQuota').error}
            onChange={(value) => set({ deviceQuota: String(value) })}
          />
        )}
      </DialogForm>
      <DialogForm
        label={text.grant}
        title={text.grantTo(organization.name)}
        submit={text.grantDo}
        initial={{ amountMicroUsd: '', reference: '', description: '' }}
        required={['amountMicroUsd', 'reference']}
        done={text.granted(organization.name)}
        renews={[
          ['admin', 'organization'],
          ['admin', 'ledger'],
        ]}
        act={({ amountMicroUsd, reference, description }, key) =>
          answer(
            api.internal.POST('/organizations/{organizationId}/credits', {
              params: { path, header: { 'Idempotency-Key': key } },
              body: {
                amountMicroUsd: amountOf('amountMicroUsd', amountMicroUsd, text.amountWrong),
                reference,
                ...(description && { description }),
              },
            }),
          )
        }
      >
        {({ field }) => (
          <>
            <TextInput
              label={text.amount}
              description={text.amountHint}
              inputMode="decimal"
              leftSection="$"
              {...field('amountMicroUsd')}
            />
            <TextInput label={text.reference} description={text.referenceHint} {...field('reference')} />
            <TextInput label={`${text.description} (${common.optional})`} {...field('description')} />
          </>
        )}
      </DialogForm>
    </>
  );
}

function OverviewOf({ overview }: { overview: Overview }) {
  const text = useText('admin').organization;
  const format = useFormat();
  const { organization, balances, members, liveClusters, leasedDevices, workers } = overview;
  const { id: organizationId } = organization;
  const quota = organization.deviceQuota;
  return (
    <>
      <Stats
        of={[
          [text.liveClusters, format.number(liveClusters)],
          [
            text.leasedDevices,
            format.number(leasedDevices),
            quota === null ? text.noQuota : text.ofQuota(format.number(quota)),
          ],
          [text.workers, format.number(workers)],
          [text.members, format.number(members.length)],
        ]}
      />
      <Group gap="xs">
        <ButtonLink to="/admin/clusters" search={{ organizationId, life: 'all' }} size="xs" variant="default">
          {text.itsClusters}
        </ButtonLink>
        <ButtonLink to="/admin/fleet" search={{ 'fleet.organization': organization.name }} size="xs" variant="default">
          {text.itsWorkers}
        </ButtonLink>
        <ButtonLink to="/admin/ledger" search={{ organizationId }} size="xs" variant="default">
          {text.itsLedger}
        </ButtonLink>
        <ButtonLink to="/admin/audit" search={{ organizationId }} size="xs" variant="default">
          {text.itsAudit}
        </ButtonLink>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {balances.map(({ currency, balanceMicroUsd, heldMicroUsd }) => (
          <Section key={currency} title={text.balances[currency]} actions={currency === 'SIM' && <SimulatedBadge />}>
            <Facts
              of={[
                [text.available, <Money key="balance" micro={balanceMicroUsd} currency={currency} />],
                [text.held, <Money key="held" micro={heldMicroUsd} currency={currency} />],
              ]}
            />
          </Section>
        ))}
      </SimpleGrid>
      <Section title={text.members}>
        <Members members={members} />
      </Section>
    </>
  );
}

type Member = Overview['members'][number];

function Members({ members }: { members: Member[] }) {
  const text = useText('admin').organization;
  const { tableOf } = useText('admin').things;
  const common = useText('common');
  const columns = useMemo(
    (): Column<Member>[] => [
      { id: 'name', header: text.name, value: ({ name }) => name },
      { id: 'email', header: text.email, value: ({ email }) => email },
      {
        id: 'role',
        header: text.role,
        value: ({ role }) => role,
        cell: ({ role }) => common.roles[role],
        facet: (role) => common.roles[role as Member['role']],
      },
      {
        id: 'since',
        header: text.since,
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Instant at={createdAt} />,
        from: 'sm',
      },
    ],
    [text, common],
  );
  return (
    <DataTable
      id="members"
      label={tableOf(text.members)}
      rows={members}
      columns={columns}
      rowId={({ personId }) => personId}
      sort="name"
      maxHeight={400}
      empty={<Empty title={text.noMembers} />}
    />
  );
}
