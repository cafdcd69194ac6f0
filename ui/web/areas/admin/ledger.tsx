/** The ledger of everybody, searched; and one transaction, whose entries sum to zero. */

import { Group, TextInput } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useMemo, useState } from 'react';
import { useParameter } from '../../app/address.ts';
import { Empty } from '../../design/answers.tsx';
import { ButtonLink, TextLink } from '../../design/links.tsx';
import { More } from '../../design/more.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Id, Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { OrganizationSelect } from './organization-select.tsx';
import { ledgerQuery } from './queries.ts';
import { sumsOf } from './sums.ts';
import { OrganizationLink, useOrganizationName } from './things.tsx';

type Entry = Schemas['LedgerEntry'];

export function Ledger() {
  const text = useText('admin').ledger;
  const [organizationId, setOrganization] = useParameter('organizationId');
  const [clusterId, setCluster] = useParameter('clusterId');
  const [transactionId, setTransaction] = useParameter('transactionId');
  const filtered = organizationId !== undefined || clusterId !== undefined || transactionId !== undefined;
  const ledger = useInfiniteQuery(
    ledgerQuery({
      ...(organizationId && { organizationId }),
      ...(clusterId && { clusterId }),
      ...(transactionId && { transactionId }),
    }),
  );
  return (
    <Page title={text.title} lead={text.lead}>
      <search aria-label={text.search}>
        <Group align="flex-end" gap="sm">
          <OrganizationSelect label={text.organization} value={organizationId} onChange={setOrganization} />
          <IdField label={text.cluster} placeholder="clu_…" value={clusterId} onChange={setCluster} />
          <IdField label={text.transaction} placeholder="ltx_…" value={transactionId} onChange={setTransaction} />
          {filtered && (
            <ButtonLink to="/admin/ledger" size="sm" variant="default">
              {text.all}
            </ButtonLink>
          )}
        </Group>
      </search>
      <More query={ledger}>
        {(entries) => (
          <>
            {transactionId !== undefined && entries.length > 0 && (
              <Transaction entries={entries} whole={!ledger.hasNextPage && !organizationId && !clusterId} />
            )}
            <Entries entries={entries} />
          </>
        )}
      </More>
    </Page>
  );
}

interface IdFieldProps {
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (id: string | null) => void;
}

/** An id that is searched for when it is sent, or left. */
function IdField({ label, placeholder, value, onChange }: IdFieldProps) {
  const [typed, setTyped] = useState(value ?? '');
  useEffect(() => setTyped(value ?? ''), [value]);
  const send = () => {
    const id = typed.trim() || null;
    if (id !== (value ?? null)) onChange(id);
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        send();
      }}
    >
      <TextInput
        label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={send}
        spellCheck={false}
        w="17.5rem"
        maw="100%"
      />
    </form>
  );
}

function Transaction({ entries, whole }: { entries: Entry[]; whole: boolean }) {
  const text = useText('admin').ledger;
  const sums = sumsOf(entries);
  const { transactionId, kind, description, at } = entries[0]!;
  const balanced = sums.every(([, sum]) => sum === 0n);
  return (
    <Section title={text.transaction}>
      <Facts
        of={[
          [text.id, <Id key="id" id={transactionId} />],
          [text.kind, kind],
          [text.description, description],
          [text.at, <Instant key="at" at={at} />],
          [
            text.sum,
            <Group key="sum" gap="xs" component="span">
              {sums.map(([currency, sum]) => (
                <Money key={currency} micro={sum} currency={currency} />
              ))}
              {whole && (
                <ToneBadge tone={balanced ? 'good' : 'bad'} word={balanced ? text.balanced : text.unbalanced} />
              )}
            </Group>,
          ],
        ]}
      />
    </Section>
  );
}

function Entries({ entries }: { entries: Entry[] }) {
  const text = useText('admin').ledger;
  const organizationName = useOrganizationName();
  const columns = useMemo(
    (): Column<Entry>[] => [
      { id: 'at', header: text.at, value: ({ at }) => at, cell: ({ at }) => <Instant at={at} /> },
      { id: 'kind', header: text.kind, value: ({ kind }) => kind, facet: true, width: 110 },
      {
        id: 'organization',
        header: text.organization,
        width: 180,
        value: (each) => (each.organizationId === null ? text.platform : organizationName(each.organizationId)),
        cell: (each) => (each.organizationId === null ? text.platform : <OrganizationLink id={each.organizationId} />),
      },
      {
        id: 'account',
        header: text.account,
        width: 110,
        value: ({ account }) => account,
        cell: ({ account }) => text.accounts[account],
        facet: (account) => text.accounts[account as Entry['account']],
      },
      {
        id: 'amount',
        header: text.amount,
        value: ({ amountMicroUsd }) => BigInt(amountMicroUsd),
        cell: ({ amountMicroUsd, currency }) => <Money micro={amountMicroUsd} currency={currency} />,
        align: 'right',
      },
      {
        id: 'transaction',
        header: text.transaction,
        width: 110,
        value: ({ transactionId }) => transactionId,
        cell: ({ transactionId }) => (
          <TextLink inherit to="/admin/ledger" search={{ transactionId }} title={transactionId}>
            …{transactionId.slice(-6)}
          </TextLink>
        ),
        from: 'sm',
      },
      { id: 'currency', header: text.currency, value: ({ currency }) => currency, facet: true, hidden: true },
      { id: 'description', header: text.description, value: ({ description }) => description, width: 240, from: 'md' },
      {
        id: 'cluster',
        header: text.cluster,
        width: 110,
        value: ({ clusterId }) => clusterId,
        cell: ({ clusterId }) =>
          clusterId && (
            <TextLink inherit to="/admin/clusters/$clusterId" params={{ clusterId }} title={clusterId}>
              …{clusterId.slice(-6)}
            </TextLink>
          ),
        from: 'md',
      },
    ],
    [text, organizationName],
  );
  return (
    <DataTable
      id="ledger"
      label={text.title}
      rows={entries}
      columns={columns}
      rowId={({ id }) => id}
      empty={<Empty title={text.empty} />}
    />
  );
}
