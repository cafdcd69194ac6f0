/** Attestations in a table: what is attested, until when, and what revokes it. */
import { Button } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import { useMay } from '../../app/session.ts';
import { Failure } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { useNow } from '../../design/now.ts';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import type { Tone } from '../../design/theme.ts';
import { Id, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type AttestationState, stateOf } from './attestation-state.ts';
import { PoolName, WorkerLink } from './things.tsx';

type Attestation = Schemas['Attestation'];

const tones: Record<AttestationState, Tone> = { holds: 'good', expiring: 'warn', expired: 'done', revoked: 'bad' };

export function AttestationTable({ rows, empty }: { rows: Attestation[]; empty: ReactNode }) {
  const text = useText('admin').attestations;
  const common = useText('common');
  const now = useNow();
  const confirm = useConfirm();
  const mayWrite = useMay('operator:write');
  const revoking = useMutation({
    mutationFn: (attestationId: string) =>
      answer(api.internal.DELETE('/attestations/{attestationId}', { params: { path: { attestationId } } })),
    onSuccess: () =>
      Promise.all(
        ['attestations', 'worker', 'fleet'].map((noun) => queryClient.invalidateQueries({ queryKey: ['admin', noun] })),
      ),
  });
  const revoke = async ({ id, compliance, poolId }: Attestation) => {
    const yes = await confirm({
      title: text.revokeTitle(common.compliances[compliance]),
      children: text.revokeHint,
      lost: [poolId ? text.lostPool : text.lostWorker, text.lostOffers(common.compliances[compliance])],
      action: text.revoke,
      danger: true,
    });
    if (yes) revoking.mutate(id);
  };
  const columns: Column<Attestation>[] = [
    {
      id: 'compliance',
      header: text.compliance,
      value: ({ compliance }) => compliance,
      cell: ({ compliance }) => common.compliances[compliance],
      facet: (compliance) => common.compliances[compliance as Attestation['compliance']],
    },
    {
      id: 'of',
      header: text.of,
      value: ({ workerId, poolId }) => workerId ?? poolId,
      cell: ({ workerId, poolId }) => (workerId ? <WorkerLink id={workerId} /> : poolId && <PoolName id={poolId} />),
      width: 200,
    },
    {
      id: 'state',
      header: text.state,
      value: (each) => stateOf(each, now),
      cell: (each) => <ToneBadge tone={tones[stateOf(each, now)]} word={text.states[stateOf(each, now)]} />,
      facet: (state) => text.states[state as AttestationState],
    },
    {
      id: 'expires',
      header: text.expires,
      value: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Instant at={expiresAt} />,
    },
    { id: 'evidence', header: text.evidence, value: ({ evidence }) => evidence, width: 240, from: 'md' },
    {
      id: 'by',
      header: text.by,
      value: ({ attestedBy }) => attestedBy,
      cell: ({ attestedBy }) => <Id id={attestedBy} short />,
      from: 'lg',
    },
    {
      id: 'since',
      header: text.since,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Instant at={createdAt} />,
      from: 'lg',
    },
    ...(mayWrite
      ? [
          {
            id: 'actions',
            header: text.actions,
            value: () => null,
            cell: (each: Attestation) =>
              each.revokedAt === null &&
              stateOf(each, now) !== 'expired' && (
                <Button
                  size="compact-xs"
                  color="red"
                  variant="light"
                  loading={revoking.isPending && revoking.variables === each.id}
                  onClick={() => void revoke(each)}
                >
                  {text.revoke}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      {revoking.error && <Failure error={revoking.error} />}
      <DataTable
        id="attestations"
        label={text.title}
        rows={rows}
        columns={columns}
        rowId={({ id }) => id}
        sort="expires"
        empty={empty}
      />
    </>
  );
}
