/** Keeping a cluster longer: how long, until when, and what that costs. */

import { NumberInput } from '@mantine/core';
import { hourMs } from '@muster/common/time';
import { answer } from '@muster/contract/client';
import { useState } from 'react';
import { api } from '../../../app/api.ts';
import { useIntents } from '../../../app/intents.ts';
import { useFormat } from '../../../design/format.ts';
import { Facts } from '../../../design/page.tsx';
import { Money } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Cluster } from './queries.ts';

const mostHours = 8_760;

export function Extend({ cluster, close }: { cluster: Cluster; close: () => void }) {
  const text = useText('console').cluster.extend;
  const format = useFormat();
  const keyOf = useIntents();
  const [hours, setHours] = useState<number | string>(1);
  const valid = typeof hours === 'number' && Number.isInteger(hours) && hours >= 1;
  return (
    <ChangeDialog
      title={text.title}
      action={text.action(valid ? hours : 0)}
      disabled={!valid}
      close={close}
      change={() => {
        const body = { hours: Number(hours) };
        return answer(
          api.public.POST('/clusters/{clusterId}/extend', {
            params: { path: { clusterId: cluster.id }, header: { 'Idempotency-Key': keyOf(body) } },
            body,
          }),
        );
      }}
    >
      <NumberInput
        label={text.hours}
        value={hours}
        onChange={setHours}
        min={1}
        max={mostHours}
        allowDecimal={false}
        data-autofocus
        required
      />
      {valid && (
        <Facts
          of={[
            ...(cluster.endsAt
              ? [
                  [text.until, format.instant(new Date(Date.parse(cluster.endsAt) + hours * hourMs))] as [
                    string,
                    string,
                  ],
                ]
              : []),
            [
              text.costs,
              <Money
                key="cost"
                micro={BigInt(cluster.priceMicroUsdPerHour) * BigInt(hours)}
                currency={cluster.currency}
              />,
            ],
          ]}
        />
      )}
    </ChangeDialog>
  );
}
