/** The form of a new task. What was typed survives a reload, but for the environment, where secrets are. */
import { Button, Group, Modal, NumberInput, Stack, Textarea, TextInput } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { answer } from '@muster/contract/client';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '../../../app/api.ts';
import { queryClient } from '../../../app/queries.ts';
import { Failure, fieldErrors } from '../../../design/answers.tsx';
import { useText } from '../../../messages/index.ts';
import classes from './cluster.module.css';
import { type Cluster, type Task, tasksQuery } from './queries.ts';

interface Draft {
  name: string;
  image: string;
  command: string;
  args: string;
  ranks: number | string;
  timeout: number | string;
  attempts: number | string;
}
const nothing: Draft = { name: '', image: '', command: '', args: '', ranks: 1, timeout: '', attempts: 3 };

interface NewTaskProps {
  cluster: Cluster;
  /** With the task that was made. */
  close: (task?: Task) => void;
}

export function NewTask({ cluster, close }: NewTaskProps) {
  const text = useText('console').cluster.newTask;
  const { actions } = useText('common');
  const [draft, setDraft, forget] = useSessionStorage<Draft>({
    key: `muster.task.${cluster.id}`,
    defaultValue: nothing,
    getInitialValueInEffect: false,
  });
  const [env, setEnv] = useState('');
  // One per intent: what was sent once and had no answer is not made twice.
  const intent = useRef(crypto.randomUUID());
  const most = cluster.autoscaling?.maxWorkers ?? cluster.workers;
  const change = (part: Partial<Draft>) => {
    intent.current = crypto.randomUUID();
    setDraft((before) => ({ ...before, ...part }));
  };
  const variables = parseVariables(env);

  const run = useMutation({
    mutationFn: () =>
      answer(
        api.public.POST('/clusters/{clusterId}/tasks', {
          params: { path: { clusterId: cluster.id }, header: { 'Idempotency-Key': intent.current } },
          body: {
            image: draft.image.trim(),
            ranks: Number(draft.ranks),
            maxAttempts: Number(draft.attempts),
            ...(draft.name.trim() !== '' && { name: draft.name.trim() }),
            ...(draft.command !== '' && { command: linesOf(draft.command) }),
            ...(draft.args !== '' && { args: linesOf(draft.args) }),
            ...(draft.timeout !== '' && { timeoutSeconds: Number(draft.timeout) }),
            ...(variables && Object.keys(variables).length > 0 && { env: variables }),
          },
        }),
      ),
    onSuccess: async (task) => {
      forget();
      await queryClient.invalidateQueries({ queryKey: tasksQuery(cluster.id).queryKey });
      close(task);
    },
  });
  const wrong = fieldsOf(run.error);
  // What is on its way is waited for: the draft is still there, and sent again it would be another task.
  const cancel = () => !run.isPending && close();

  return (
    <Modal opened onClose={cancel} title={text.title} size="lg" closeButtonProps={{ 'aria-label': actions.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={text.image}
            value={draft.image}
            onChange={(event) => change({ image: event.currentTarget.value })}
            placeholder="registry.example/team/train:1.2"
            error={wrong.image}
            required
            data-autofocus
          />
          <Group grow align="flex-start">
            <Textarea
              label={text.command}
              description={text.commandHint}
              value={draft.command}
              onChange={(event) => change({ command: event.currentTarget.value })}
              error={wrong.command}
              autosize
              minRows={2}
              classNames={{ input: classes.mono! }}
            />
            <Textarea
              label={text.args}
              description={text.argsHint}
              value={draft.args}
              onChange={(event) => change({ args: event.currentTarget.value })}
              error={wrong.args}
              autosize
              minRows={2}
              classNames={{ input: classes.mono! }}
            />
          </Group>
          <Textarea
            label={text.env}
            description={text.envHint}
            value={env}
            onChange={(event) => {
              intent.current = crypto.randomUUID();
              setEnv(event.currentTarget.value);
            }}
            error={wrong.env ?? (variables ? undefined : text.envWrong)}
            autosize
            minRows={2}
            classNames={{ input: classes.mono! }}
            autoComplete="off"
          />
          <Group grow align="flex-start">
            <NumberInput
              label={text.ranks}
              description={text.ranksHint(most)}
              value={draft.ranks}
              onChange={(ranks) => change({ ranks })}
              error={wrong.ranks}
              min={1}
              max={most}
              allowDecimal={false}
              required
            />
            <NumberInput
              label={text.attempts}
              description={text.attemptsHint}
              value={draft.attempts}
              onChange={(attempts) => change({ attempts })}
              error={wrong.maxAttempts}
              min={1}
              max={10}
              allowDecimal={false}
              required
            />
          </Group>
          <Group grow align="flex-start">
            <NumberInput
              label={text.timeout}
              description={text.timeoutHint}
              value={draft.timeout}
              onChange={(timeout) => change({ timeout })}
              error={wrong.timeoutSeconds}
              min={1}
              max={2_592_000}
              allowDecimal={false}
            />
            <TextInput
              label={text.name}
              description={text.nameHint}
              value={draft.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
              error={wrong.name}
            />
          </Group>
          {run.error && <Failure error={run.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={cancel} disabled={run.isPending}>
              {actions.cancel}
            </Button>
            <Button type="submit" loading={run.isPending} disabled={variables === undefined}>
              {text.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const linesOf = (text: string): string[] => text.replace(/\n+$/, '').split('\n');

/** `NAME=value` lines; undefined when one is not. */
function parseVariables(text: string): Record<string, string> | undefined {
  const variables: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const cut = line.indexOf('=');
    if (cut < 1) return undefined;
    variables[line.slice(0, cut).trim()] = line.slice(cut + 1);
  }
  return variables;
}

/** What is wrong with each field of the body, by its first name. */
function fieldsOf(error: Error | null): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fieldErrors(error)).map(([path, message]) => [path.split('.')[0]!, message]),
  );
}
