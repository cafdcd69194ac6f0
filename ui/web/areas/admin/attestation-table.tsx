/** Attestations in a table: what is attested, until when, and what revokes it. */
import { Button } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { api } from '../../app/api.ts';
import { notify } from '../../app/notify.tsx';
import { queryClient } from '../../app/queries.ts';
import { useMay } from '../../app/session.ts';
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
  const mayWrite = useMay('operator:write');
  // By the minute, so that the columns stay the same from second to second.
  const minute = Math.floor(useNow().getTime() / 60_000);
  const columns = useMemo((): Column<Attestation>[] => {
    const state = (attestation: Attestation) => stateOf(attestation, new Date(minute * 60_000));
    return [
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
        width: 180,
      },
      {
        id: 'state',
        header: text.state,
        value: state,
        cell: (each) => <ToneBadge tone={tones[state(each)]} word={text.states[state(each)]} />,
        facet: (each) => text.states[each as AttestationState],
      },
      {
        id: 'expires',
        header: text.expires,
        value: ({ expiresAt }) => expiresAt,
        cell: ({ expiresAt }) => <Instant at={expiresAt} />,
      },
      ...(mayWrite
        ? [
            {
              id: 'actions',
              header: text.actions,
              value: () => null,
              width: 110,
              cell: (each: Attestation) => ['holds', 'expiring'].includes(state(each)) && <Revoke attestation={each} />,
            },
          ]
        : []),
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
    ];
  }, [text, common, mayWrite, minute]);
  return (
    <DataTable
      id="attestations"
      label={text.title}
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      sort="expires"
      empty={empty}
    />
  );
}

function Revoke({ attestation: { id, compliance, poolId } }: { attestation: Attestation }) {
  const text = useText('admin').attestations;
  const common = useText('common');
  const confirm = useConfirm();
  const revoking = useMutation({
    mutationFn: () =>
      answer(api.internal.DELETE('/attestations/{attestationId}', { params: { path: { attestationId: id } } })),
    onSuccess: () => {
      notify({ title: text.revoked });
      return Promise.all(
        ['attestations', 'worker', 'fleet'].map((noun) => queryClient.invalidateQueries({ queryKey: ['admin', noun] })),
      );
    },
    onError: (error) => notify({ title: text.notRevoked, message: error.message, tone: 'bad' }),
  });
  const ask = async () => {
    const yes = await confirm({
      title: text.revokeTitle(common.compliances[compliance]),
      children: text.revokeHint,
      lost: [poolId ? text.lostPool : text.lostWorker, text.lostOffers(common.compliances[compliance])],
      action: text.revoke,
      danger: true,
    });
    if (yes) revoking.mutate();
  };
  return (
    <Button
      size="compact-xs"
      color="red"
      variant="light"
      loading={revoking.isPending}
      aria-label={`${text.revoke}: ${common.compliances[compliance]}`}
      onClick={() => void ask()}
    >
      {text.revoke}
    </Button>
  );
}
