/** The tasks of a cluster, as they go; one of them in detail; and a form that runs another. */
import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParameter } from '../../../app/address.ts';
import { api } from '../../../app/api.ts';
import { queryClient } from '../../../app/queries.ts';
import { useMay } from '../../../app/session.ts';
import { Empty, Failure, Loaded } from '../../../design/answers.tsx';
import { useConfirm } from '../../../design/confirm.tsx';
import { useFormat } from '../../../design/format.ts';
import { ButtonLink } from '../../../design/links.tsx';
import { useNow } from '../../../design/now.ts';
import { Facts, Section } from '../../../design/page.tsx';
import { StateBadge } from '../../../design/states.tsx';
import { DataTable } from '../../../design/table.tsx';
import { Code, Duration, Id, Instant } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { hasEnded, hasTasks, isBare } from './life.ts';
import { NewTask } from './new-task.tsx';
import { type Cluster, type Task, tasksQuery } from './queries.ts';

export function Tasks({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.tasks;
  const common = useText('common');
  const query = useQuery(tasksQuery(cluster.id));
  const [opened, open] = useParameter('task', { push: true });
  const [running, setRunning] = useState(false);
  const mayRun = useMay('tasks:write') && isBare(cluster) && !hasEnded(cluster) && cluster.state !== 'terminating';
  if (!hasTasks(cluster)) return <Empty title={text.emptyImage} />;

  const run = mayRun && (
    <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setRunning(true)}>
      {text.run}
    </Button>
  );
  return (
    <Section title={text.title} actions={run}>
      <Loaded
        query={query}
        empty={
          <Empty title={text.empty}>
            <Text>{text.emptyHint}</Text>
          </Empty>
        }
      >
        {(tasks) => (
          <>
            <DataTable
              id="tasks"
              label={text.title}
              rows={tasks}
              rowId={({ id }) => id}
              rowLink={({ id }) => ({
                to: '/console/clusters/$clusterId',
                params: { clusterId: cluster.id },
                search: { tab: 'tasks', task: id } as never,
              })}
              empty={<Empty title={text.empty} />}
              sort="-created"
              columns={[
                { id: 'name', header: text.name, value: ({ name }) => name },
                {
                  id: 'state',
                  header: text.state,
                  value: ({ state }) => state,
                  cell: (task) => <StateBadge of="task" state={task.state} reason={task.reason} />,
                  facet: (state) => (common.taskStates as Record<string, string>)[state] ?? state,
                },
                { id: 'image', header: text.image, value: ({ image }) => image, from: 'md' },
                { id: 'ranks', header: text.ranks, value: ({ ranks }) => ranks, align: 'right', from: 'sm' },
                {
                  id: 'attempt',
                  header: text.attempt,
                  value: ({ attempt }) => attempt,
                  cell: ({ attempt, maxAttempts }) => text.attemptOf(attempt, maxAttempts),
                  from: 'lg',
                },
                { id: 'exit', header: text.exit, value: ({ exitCode }) => exitCode, align: 'right', from: 'sm' },
                {
                  id: 'fault',
                  header: text.fault,
                  value: ({ fault }) => fault && text.faultsShort[fault],
                  from: 'lg',
                },
                {
                  id: 'took',
                  header: text.took,
                  value: ({ startedAt, endedAt }) =>
                    startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : null,
                  cell: (task) => <Took task={task} />,
                  align: 'right',
                  from: 'md',
                },
                {
                  id: 'created',
                  header: text.created,
                  value: ({ createdAt }) => createdAt,
                  cell: ({ createdAt }) => <Instant at={createdAt} />,
                },
              ]}
            />
            <Details cluster={cluster} task={tasks.find(({ id }) => id === opened)} close={() => open(null)} />
          </>
        )}
      </Loaded>
      {running && (
        <NewTask
          cluster={cluster}
          close={(task) => {
            setRunning(false);
            if (task) open(task.id);
          }}
        />
      )}
    </Section>
  );
}

/** How long it ran, or runs by now. */
function Took({ task: { startedAt, endedAt } }: { task: Task }) {
  const now = useNow();
  if (!startedAt) return <>–</>;
  const end = endedAt === null ? now.getTime() : Date.parse(endedAt);
  return <Duration seconds={Math.max(0, end - Date.parse(startedAt)) / 1_000} />;
}

function Details({ cluster, task, close }: { cluster: Cluster; task: Task | undefined; close: () => void }) {
  const text = useText('console').cluster.tasks;
  const { actions } = useText('common');
  return (
    <Drawer
      opened={task !== undefined}
      onClose={close}
      position="right"
      size="lg"
      title={task && text.details(task.name)}
      closeButtonProps={{ 'aria-label': actions.close }}
    >
      {task && <OneTask cluster={cluster} task={task} />}
    </Drawer>
  );
}

function OneTask({ cluster, task }: { cluster: Cluster; task: Task }) {
  const text = useText('console').cluster.tasks;
  const format = useFormat();
  const facts: [string, React.ReactNode][] = [
    [text.state, <StateBadge key="state" of="task" state={task.state} />],
    ...(task.reason ? [[text.reason, task.reason] as [string, string]] : []),
    ...(task.exitCode === null ? [] : [[text.exit, String(task.exitCode)] as [string, string]]),
    ...(task.fault ? [[text.fault, text.faults[task.fault]] as [string, string]] : []),
    [text.attempt, text.attemptOf(task.attempt, task.maxAttempts)],
    [text.ranks, format.number(task.ranks)],
    [text.runsOn, task.clusterRanks?.join(', ') ?? '–'],
    [text.timeout, task.timeoutSeconds === null ? text.noTimeout : format.duration(task.timeoutSeconds)],
    [text.created, <Instant key="created" at={task.createdAt} />],
    [text.started, <Instant key="started" at={task.startedAt} />],
    [text.ended, <Instant key="ended" at={task.endedAt} />],
    [text.took, <Took key="took" task={task} />],
    ['ID', <Id key="id" id={task.id} />],
    [text.image, task.image],
  ];
  return (
    <Stack>
      <div aria-live="polite">
        <Facts of={facts} />
      </div>
      <Arguments label={text.command} parts={task.command} />
      <Arguments label={text.args} parts={task.args} />
      <Group>
        <ButtonLink
          to="/console/clusters/$clusterId"
          params={{ clusterId: cluster.id }}
          search={{ tab: 'logs', log: task.id } as never}
          variant="default"
        >
          {text.logs}
        </ButtonLink>
        {task.endedAt === null && <Cancel task={task} />}
      </Group>
    </Stack>
  );
}

function Arguments({ label, parts }: { label: string; parts: string[] }) {
  const text = useText('console').cluster.tasks;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {label}
      </Text>
      {parts.length === 0 ? <Text size="sm">{text.asImage}</Text> : <Code label={label}>{parts.join('\n')}</Code>}
    </div>
  );
}

function Cancel({ task }: { task: Task }) {
  const text = useText('console').cluster.tasks;
  const confirm = useConfirm();
  const mayCancel = useMay('tasks:write');
  const cancel = useMutation({
    mutationFn: () =>
      answer(api.public.POST('/tasks/{taskId}/cancel', { params: { path: { taskId: task.id } }, body: {} })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: tasksQuery(task.clusterId).queryKey }),
  });
  if (!mayCancel) return null;
  const ask = async () => {
    const question = {
      title: text.cancelTitle(task.name),
      children: text.cancelBody,
      action: text.cancel,
      danger: true,
    };
    if (await confirm(question)) cancel.mutate();
  };
  return (
    <>
      <Button color="red" variant="light" loading={cancel.isPending} onClick={() => void ask()}>
        {text.cancel}
      </Button>
      {cancel.error && <Failure error={cancel.error} />}
    </>
  );
}
