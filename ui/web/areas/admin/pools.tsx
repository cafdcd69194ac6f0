/** Every pool, and attaching a Kubernetes cluster as one. */

import { Button, FileButton, Group, Select, Textarea, TextInput } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../app/api.ts';
import { countriesQuery } from '../../app/catalogue.ts';
import { useMay } from '../../app/session.ts';
import { amountOf } from '../../design/amount.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { useFormat } from '../../design/format.ts';
import { TextLink } from '../../design/links.tsx';
import { Page } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Id, Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { AttestForm } from './attest-form.tsx';
import { poolsQuery } from './queries.ts';
import { OrganizationLink, useOrganizationName } from './things.tsx';

type Pool = Schemas['Pool'];

export function Pools() {
  const text = useText('admin').pools;
  const pools = useQuery(poolsQuery);
  const mayWrite = useMay('operator:write');
  const format = useFormat();
  const organizationName = useOrganizationName();
  const columns = useMemo(
    (): Column<Pool>[] => [
      { id: 'name', header: text.name, value: ({ name }) => name },
      {
        id: 'state',
        header: text.state,
        width: 110,
        value: ({ state }) => state,
        cell: ({ state }) => <ToneBadge tone={state === 'active' ? 'good' : 'done'} word={text.states[state]} />,
        facet: (state) => text.states[state as Pool['state']],
      },
      {
        id: 'kind',
        header: text.kind,
        width: 120,
        value: ({ kind }) => kind,
        cell: ({ kind }) => text.kinds[kind],
        facet: (kind) => text.kinds[kind as Pool['kind']],
      },
      {
        id: 'country',
        header: text.country,
        value: ({ country }) => country,
        cell: ({ country }) => <Country code={country} />,
        facet: format.country,
      },
      {
        id: 'attestations',
        header: text.attestations,
        value: () => null,
        width: 180,
        cell: ({ id, name }) => (
          <Group gap="xs" wrap="nowrap">
            <TextLink
              inherit
              to="/admin/attestations"
              search={{ poolId: id }}
              aria-label={`${text.show}: ${text.attestationsOf(name)}`}
            >
              {text.show}
            </TextLink>
            {mayWrite && <AttestForm poolId={id} name={name} compact />}
          </Group>
        ),
      },
      {
        id: 'organization',
        header: text.organization,
        value: ({ organizationId }) => organizationName(organizationId),
        cell: ({ organizationId }) => <OrganizationLink id={organizationId} />,
        facet: true,
        from: 'sm',
      },
      {
        id: 'floor',
        header: text.floor,
        value: ({ floorMicroUsdPerHour }) => BigInt(floorMicroUsdPerHour),
        cell: ({ floorMicroUsdPerHour }) => <Money micro={floorMicroUsdPerHour} currency="USD" />,
        align: 'right',
        from: 'md',
      },
      {
        id: 'since',
        header: text.since,
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Instant at={createdAt} />,
        from: 'md',
      },
      { id: 'id', header: text.id, value: ({ id }) => id, cell: ({ id }) => <Id id={id} short />, hidden: true },
    ],
    [text, format, mayWrite, organizationName],
  );
  return (
    <Page title={text.title} lead={text.lead} actions={mayWrite && <AttachForm />}>
      <Loaded query={pools}>
        {(rows) => (
          <DataTable
            id="pools"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            sort="name"
            empty={<Empty title={text.empty}>{text.emptyHint}</Empty>}
          />
        )}
      </Loaded>
    </Page>
  );
}

/** The kubeconfig lives in the form alone: it is in no address, no storage, and no answer. */
function AttachForm() {
  const text = useText('admin').pools;
  const common = useText('common');
  const countries = useQuery(countriesQuery);
  return (
    <DialogForm
      label={text.attach}
      title={text.attachTitle}
      initial={{ name: '', country: '', kind: 'attached', floorMicroUsdPerHour: '', kubeconfig: '' }}
      required={['name', 'country', 'kubeconfig']}
      done={text.attached}
      renews={[
        ['admin', 'pools'],
        ['admin', 'fleet'],
      ]}
      act={async ({ name, country, kind, floorMicroUsdPerHour, kubeconfig }, key) =>
        answer(
          api.internal.POST('/pools', {
            params: { header: { 'Idempotency-Key': key } },
            body: {
              name,
              country,
              kind: kind as Pool['kind'],
              kubeconfig,
              ...(floorMicroUsdPerHour && {
                floorMicroUsdPerHour: amountOf('floorMicroUsdPerHour', floorMicroUsdPerHour, text.floorWrong),
              }),
            },
          }),
        )
      }
    >
      {({ values, set, field }) => (
        <>
          <TextInput label={text.name} {...field('name')} />
          <Select
            label={text.country}
            data={(countries.data ?? []).map(({ code, name }) => ({ value: code, label: name }))}
            searchable
            {...field('country')}
          />
          <Select
            label={text.kind}
            description={text.kindHint}
            data={(['attached', 'community'] as const).map((kind) => ({ value: kind, label: text.kinds[kind] }))}
            allowDeselect={false}
            {...field('kind')}
          />
          <TextInput
            label={`${text.floor} (${common.optional})`}
            description={text.floorHint}
            inputMode="decimal"
            {...field('floorMicroUsdPerHour')}
          />
          <Textarea
            label={text.kubeconfig}
            description={text.kubeconfigHint}
            rows={6}
            spellCheck={false}
            autoComplete="off"
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            {...field('kubeconfig')}
          />
          <Group>
            <FileButton
              onChange={async (file) => {
                if (file) set({ kubeconfig: await file.text() });
              }}
            >
              {(props) => (
                <Button {...props} size="xs" variant="default">
                  {values.kubeconfig === '' ? text.fromFile : text.otherFile}
                </Button>
              )}
            </FileButton>
          </Group>
        </>
      )}
    </DialogForm>
  );
}
