/** Terminating a cluster, wherever it is offered: asked first, with what will be lost by name. */
import { Stack, Text, TextInput } from '@mantine/core';
import { answer } from '@muster/contract/client';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../../app/api.ts';
import { queryClient } from '../../../app/queries.ts';
import { useMay } from '../../../app/session.ts';
import { useConfirm } from '../../../design/confirm.tsx';
import { useText } from '../../../messages/index.ts';
import { hasTasks, isHiring } from './life.ts';
import { type Cluster, changed, tasksQuery } from './queries.ts';

/** So many tasks are named; of the others, how many. */
const mostNamed = 8;

/** @returns how it is asked and done, and how far that is; a refusal is its error */
export function useTerminate(cluster: Cluster) {
  const text = useText('console').cluster;
  const common = useText('common');
  const confirm = useConfirm();
  const mayReadTasks = useMay('tasks:read') && hasTasks(cluster);
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
    // Tasks that cannot be read now keep nobody from stopping what costs money.
    const tasks = mayReadTasks ? await queryClient.fetchQuery(tasksQuery(cluster.id)).catch(() => []) : [];
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

  return { ask, isPending: terminate.isPending, error: terminate.error };
}
