/** What the operator attests of workers and pools, and until when. */

import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParameter } from '../../app/address.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { ButtonLink } from '../../design/links.tsx';
import { Page } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { AttestForm } from './attest-form.tsx';
import { AttestationTable } from './attestation-table.tsx';
import { attestationsQuery } from './queries.ts';
import { PoolName, WorkerLink } from './things.tsx';

export function Attestations() {
  const text = useText('admin').attestations;
  const [workerId] = useParameter('workerId');
  const [poolId] = useParameter('poolId');
  const filtered = workerId !== undefined || poolId !== undefined;
  const attestations = useQuery(attestationsQuery({ ...(workerId && { workerId }), ...(poolId && { poolId }) }));
  return (
    <Page title={text.title} lead={text.lead} actions={useMay('operator:write') && <AttestForm />}>
      {filtered && (
        <Group gap="xs">
          <Text>
            {text.only} {workerId ? <WorkerLink id={workerId} /> : poolId && <PoolName id={poolId} />}
          </Text>
          <ButtonLink to="/admin/attestations" size="compact-sm" variant="default">
            {text.all}
          </ButtonLink>
        </Group>
      )}
      <Loaded query={attestations}>
        {(rows) => <AttestationTable rows={rows} empty={<Empty title={text.empty}>{text.emptyHint}</Empty>} />}
      </Loaded>
    </Page>
  );
}
