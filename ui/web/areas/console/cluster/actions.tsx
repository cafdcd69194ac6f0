/** What an owner can do with a cluster: extend, scale, let it manage itself, terminate; each says why not when it cannot be done. */
import { Button, Menu, Stack, Text, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { IconAdjustments, IconChevronDown, IconClockPlus, IconPlayerStop, IconStack2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../app/api.ts';
import { useMay } from '../../../app/session.ts';
import { Failure } from '../../../design/answers.tsx';
import { useConfirm } from '../../../design/confirm.tsx';
import { useText } from '../../../messages/index.ts';
import { Extend } from './extend.tsx';
import { type Action, hasEnded, hasTasks, isHiring, obstacleTo } from './life.ts';
import { type Cluster, changed, tasksQuery } from './queries.ts';
import { Scale } from './scale.tsx';
import { SelfManagement } from './self-management.tsx';

const icons = { extend: IconClockPlus, scale: IconStack2, settings: IconAdjustments };
const dialogs = { extend: Extend, scale: Scale, settings: SelfManagement };
type Dialog = keyof typeof dialogs;

export function Actions({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.actions;
  const mayWrite = useMay('clusters:write');
  const [open, setOpen] = useState<Dialog>();
  if (!mayWrite || hasEnded(cluster)) return null;
  const why = (action: Action) => {
    const obstacle = obstacleTo(action, cluster);
    return obstacle && text.whyNot[obstacle];
  };
  const Opened = open && dialogs[open];
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>
            {text.menu}
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={320}>
          {(Object.keys(dialogs) as Dialog[]).map((action) => {
            const Shape = icons[action];
            return (
              <Menu.Item
                key={action}
                leftSection={<Shape size={16} aria-hidden />}
                disabled={why(action) !== undefined}
                onClick={() => setOpen(action)}
              >
                {text[action]}
                {why(action) && <Text size="xs">{why(action)}</Text>}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      <Terminate cluster={cluster} disabled={why('terminate')} />
      {Opened && <Opened cluster={cluster} close={() => setOpen(undefined)} />}
    </>
  );
}

/** So many tasks are named; of the others, how many. */
const mostNamed = 8;

function Terminate({ cluster, disabled }: { cluster: Cluster; disabled: string | undefined }) {
  const text = useText('console').cluster;
  const common = useText('common');
  const confirm = useConfirm();
  const mayReadTasks = useMay('tasks:read') && hasTasks(cluster);
  const { data: tasks = [] } = useQuery({ ...tasksQuery(cluster.id), enabled: mayReadTasks });
  const terminate = useMutation({
    mutationFn: (reason: string) =>
      answer(
        api.public.POST('/clusters/{clusterId}/terminate', {
          params: { path: { clusterId: cluster.id } },
          body: reason === '' ? {} : { reason },
        }),
      ),
    onSuccess: changed,
  });

  const ask = async () => {
    let reason = '';
    const unfinished = tasks.filter(({ endedAt }) => endedAt === null);
    const more = unfinished.length - mostNamed;
    const yes = await confirm({
      title: text.terminate.title(cluster.name),
      children: (
        <Stack gap="sm">
          <TextInput
            label={text.terminate.reason}
            description={common.optional}
            maxLength={200}
            onChange={(event) => {
              reason = event.currentTarget.value.trim();
            }}
          />
          <Text size="sm">{text.terminate.body}</Text>
        </Stack>
      ),
      lost: [
        ...unfinished.slice(0, mostNamed).map(({ name, state }) => text.terminate.task(name, common.taskStates[state])),
        ...(more > 0 ? [text.terminate.moreTasks(more)] : []),
        ...(isHiring(cluster) ? [text.terminate.files(cluster.workers)] : []),
        ...(hasTasks(cluster) ? [] : [text.terminate.containers(cluster.workers)]),
      ],
      action: text.actions.terminate,
      danger: true,
    });
    if (yes) terminate.mutate(reason);
  };

  return (
    <>
      <Button
        color="red"
        variant="light"
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        loading={terminate.isPending}
        disabled={disabled !== undefined}
        title={disabled}
        onClick={() => void ask()}
      >
        {text.actions.terminate}
      </Button>
      {terminate.error && <Failure error={terminate.error} />}
    </>
  );
}
