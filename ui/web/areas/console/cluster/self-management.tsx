/** Letting a cluster follow its tasks: scaled between bounds, stopped when nothing runs in it. */
import { Group, NumberInput, Switch } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { useState } from 'react';
import { api } from '../../../app/api.ts';
import { useText } from '../../../messages/index.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Cluster } from './queries.ts';

const mostWorkers = 1_000;
const secondsPerMinute = 60;
const mostMinutes = 10_080;
const usualIdleMinutes = 30;

export function SelfManagement({ cluster, close }: { cluster: Cluster; close: () => void }) {
  const text = useText('console').cluster.settings;
  const [scaled, setScaled] = useState(cluster.autoscaling !== null);
  const [least, setLeast] = useState<number | string>(cluster.autoscaling?.minWorkers ?? 1);
  const [most, setMost] = useState<number | string>(cluster.autoscaling?.maxWorkers ?? cluster.workers);
  const [stopped, setStopped] = useState(cluster.idleShutdownSeconds !== null);
  const [minutes, setMinutes] = useState<number | string>(
    cluster.idleShutdownSeconds === null ? usualIdleMinutes : cluster.idleShutdownSeconds / secondsPerMinute,
  );
  const { actions } = useText('common');
  return (
    <ChangeDialog
      title={text.title}
      action={actions.save}
      close={close}
      change={() =>
        answer(
          api.public.PATCH('/clusters/{clusterId}', {
            params: { path: { clusterId: cluster.id } },
            body: {
              autoscaling: scaled ? { minWorkers: Number(least), maxWorkers: Number(most) } : null,
              idleShutdownSeconds: stopped ? Math.round(Number(minutes) * secondsPerMinute) : null,
            },
          }),
        )
      }
    >
      {cluster.kind !== 'job' && (
        <Switch
          label={text.autoscaling}
          description={text.autoscalingHint}
          checked={scaled}
          onChange={(event) => setScaled(event.currentTarget.checked)}
        />
      )}
      {scaled && (
        <Group grow>
          <NumberInput
            label={text.least}
            value={least}
            onChange={setLeast}
            min={1}
            max={mostWorkers}
            allowDecimal={false}
            required
          />
          <NumberInput
            label={text.most}
            value={most}
            onChange={setMost}
            min={1}
            max={mostWorkers}
            allowDecimal={false}
            required
          />
        </Group>
      )}
      <Switch
        label={text.idle}
        description={text.idleHint}
        checked={stopped}
        onChange={(event) => setStopped(event.currentTarget.checked)}
      />
      {stopped && (
        <NumberInput label={text.minutes} value={minutes} onChange={setMinutes} min={1} max={mostMinutes} required />
      )}
    </ChangeDialog>
  );
}
