/** Attesting that a worker, or every worker of a pool, meets a compliance. */
import { Select, Textarea, TextInput } from '@mantine/core';
import { compliances } from '@muster/common/vocabulary';
import { answer, type Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { DialogForm, InvalidFields } from '../../design/dialog-form.tsx';
import { useText } from '../../messages/index.ts';
import { poolsQuery } from './queries.ts';

const yearMs = 365 * 86_400_000;

interface AttestFormProps {
  /** What it is for; it is asked for when neither is given. */
  workerId?: string;
  poolId?: string;
  name?: string;
  /** For the row of a table. */
  compact?: boolean;
}

export function AttestForm({ workerId, poolId, name, compact }: AttestFormProps) {
  const text = useText('admin').attest;
  const common = useText('common');
  const pools = useQuery(poolsQuery);
  const named = workerId !== undefined || poolId !== undefined;
  const initial = {
    of: 'pool',
    workerId: workerId ?? '',
    poolId: poolId ?? '',
    compliance: '',
    evidence: '',
    expiresAt: new Date(Date.now() + yearMs).toISOString().slice(0, 10),
  };
  const act = async (values: typeof initial, key: string) => {
    const subject = values.workerId ? { workerId: values.workerId } : { poolId: values.poolId };
    if (subject.poolId === '')
      throw new InvalidFields({ [values.of === 'pool' ? 'poolId' : 'workerId']: text.nameOne });
    await answer(
      api.internal.POST('/attestations', {
        params: { header: { 'Idempotency-Key': key } },
        body: {
          ...subject,
          compliance: values.compliance as Schemas['Compliance'],
          evidence: values.evidence,
          // The day is the last one on which it holds.
          expiresAt: `${values.expiresAt}T23:59:59Z`,
        },
      }),
    );
  };
  return (
    <DialogForm
      label={text.action}
      title={name ? text.titleOf(name) : text.title}
      button={{ ...(named && { variant: 'default' }), ...(compact && { size: 'compact-xs' }) }}
      {...(compact && name && { of: name })}
      initial={initial}
      required={['compliance', 'evidence', 'expiresAt']}
      act={act}
      done={text.attested}
      renews={[
        ['admin', 'attestations'],
        ['admin', 'worker'],
        ['admin', 'fleet'],
      ]}
    >
      {({ values, set, field }) => (
        <>
          {!named && (
            <>
              <Select
                label={text.of}
                data={[
                  { value: 'pool', label: text.ofPool },
                  { value: 'worker', label: text.ofWorker },
                ]}
                allowDeselect={false}
                value={values.of}
                onChange={(of) => set({ of: of ?? 'pool', workerId: '', poolId: '' })}
              />
              {values.of === 'pool' ? (
                <Select
                  label={text.pool}
                  data={(pools.data ?? []).map(({ id, name: pool }) => ({ value: id, label: pool }))}
                  searchable
                  withAsterisk
                  {...field('poolId')}
                />
              ) : (
                <TextInput label={text.workerId} placeholder="wrk_…" withAsterisk {...field('workerId')} />
              )}
            </>
          )}
          <Select
            label={text.compliance}
            data={compliances.map((each) => ({ value: each, label: common.compliances[each] }))}
            {...field('compliance')}
          />
          <Textarea label={text.evidence} description={text.evidenceHint} autosize minRows={2} {...field('evidence')} />
          <TextInput type="date" label={text.lastDay} description={text.lastDayHint} {...field('expiresAt')} />
        </>
      )}
    </DialogForm>
  );
}
