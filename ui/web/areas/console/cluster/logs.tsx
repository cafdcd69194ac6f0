/** The output of what runs in a cluster: of a task's rank, or of the container of one that runs an image of its own. */
import { Group, Select, Stack } from '@mantine/core';
import { readLog } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useParameter } from '../../../app/address.ts';
import { api } from '../../../app/api.ts';
import { useMay } from '../../../app/session.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { LogView } from '../../../design/log-view.tsx';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { hasEnded, hasTasks, isComingUp } from './life.ts';
import { type Cluster, type Task, tasksQuery } from './queries.ts';

const height = 480;

export function Logs({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.logs;
  const mayReadTasks = useMay('tasks:read');
  if (cluster.simulated) return <Empty title={text.simulated} />;
  if (hasTasks(cluster)) return mayReadTasks ? <TaskLogs cluster={cluster} /> : <Empty title={text.noTasks} />;
  if (hasEnded(cluster)) return <Empty title={text.containerGone}>{text.containerGoneHint}</Empty>;
  if (isComingUp(cluster)) return <Empty title={text.notYet}>{text.notYetHint}</Empty>;
  return <ContainerLogs cluster={cluster} />;
}

function ContainerLogs({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.logs;
  const [rank, setRank] = useRank(cluster.workers);
  return (
    <Stack>
      <RankChoice ranks={cluster.workers} rank={rank} choose={setRank} />
      <LogView
        key={rank}
        label={text.label(cluster.name, rank)}
        live
        height={height}
        open={({ follow, since, signal }) =>
          readLog(api, { clusterId: cluster.id }, { rank, follow, ...(since && { since }) }, signal)
        }
      />
    </Stack>
  );
}

function TaskLogs({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.logs;
  const query = useQuery(tasksQuery(cluster.id));
  return (
    <Loaded query={query} empty={<Empty title={text.noTasks} />}>
      {(tasks) => <LogOfTasks tasks={tasks} />}
    </Loaded>
  );
}

function LogOfTasks({ tasks }: { tasks: Task[] }) {
  const text = useText('console').cluster.logs;
  const common = useText('common');
  const [wanted, choose] = useParameter('log');
  const task = tasks.find(({ id }) => id === wanted) ?? tasks[0]!;
  const [rank, setRank] = useRank(task.ranks);
  return (
    <Stack>
      <Group align="flex-end">
        <Select
          label={text.source}
          value={task.id}
          onChange={choose}
          allowDeselect={false}
          searchable
          w={{ base: '100%', xs: 320 }}
          data={tasks.map(({ id, name, state }) => ({ value: id, label: `${name} · ${common.taskStates[state]}` }))}
        />
        <RankChoice ranks={task.ranks} rank={rank} choose={setRank} />
      </Group>
      <LogView
        // Another attempt writes another log.
        key={`${task.id} ${rank} ${task.attempt}`}
        label={text.label(task.name, rank)}
        live={task.endedAt === null}
        height={height}
        open={({ follow, since, signal }) =>
          readLog(api, { taskId: task.id }, { rank, follow, ...(since && { since }) }, signal)
        }
      />
      {task.endedAt !== null && <Quiet>{text.archived}</Quiet>}
    </Stack>
  );
}

/** The rank that the address names, of so many. */
export function useRank(ranks: number): [rank: number, set: (rank: number) => void] {
  const [text, set] = useParameter('rank');
  const rank = Number(text ?? 0);
  return [Number.isInteger(rank) && rank >= 0 && rank < ranks ? rank : 0, (to) => set(to === 0 ? null : String(to))];
}

interface RankChoiceProps {
  ranks: number;
  rank: number;
  choose: (rank: number) => void;
}

export function RankChoice({ ranks, rank, choose }: RankChoiceProps) {
  const text = useText('console').cluster.logs;
  return (
    <Select
      label={text.rank}
      value={String(rank)}
      onChange={(to) => choose(Number(to))}
      allowDeselect={false}
      searchable={ranks > 10}
      disabled={ranks === 1}
      w={120}
      data={Array.from({ length: ranks }, (_, each) => String(each))}
    />
  );
}
