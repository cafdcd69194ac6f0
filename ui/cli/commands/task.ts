/** Tasks: workloads run inside a cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ask, connect, type Muster, type Schemas } from '../connect.ts';
import { NegativeAnswer } from '../failure.ts';
import { printLog } from '../logs.ts';
import { facts, instant, note, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';
import { keyValue, nonNegative, positive } from '../request.ts';

type Task = Schemas['Task'];

interface RunFlags {
  image: string;
  name?: string;
  ranks: number;
  env?: Record<string, string>;
  timeout?: number;
  wait?: boolean;
  follow?: boolean;
}

export function taskCommands(program: Command): void {
  const task = program.command('task').description('tasks: workloads run inside a cluster');

  task
    .command('run <clusterId>')
    .description('run an image on workers of a cluster')
    .requiredOption('--image <image>', 'what to run')
    .option('--name <name>', 'a name for people')
    .option('--ranks <n>', 'on how many workers at once; they find each other by MASTER_ADDR', positive, 1)
    .option('--env <KEY=VALUE>', 'a variable; may be repeated', keyValue)
    .option('--timeout <seconds>', 'stop it after so long', positive)
    .option('--wait', 'wait until it has ended; fails if it failed')
    .option('-f, --follow', 'show the log of rank 0 until it has ended; fails if it failed')
    .argument('[command...]', 'what the image runs, after --')
    .action(async (clusterId: string, command: string[], flags: RunFlags) => {
      const api = await connect();
      const body = {
        image: flags.image,
        ranks: flags.ranks,
        maxAttempts: 3,
        ...(flags.name && { name: flags.name }),
        ...(command.length > 0 && { command }),
        ...(flags.env && { env: flags.env }),
        ...(flags.timeout && { timeoutSeconds: flags.timeout }),
      };
      const started = await ask(
        api.public.POST('/clusters/{clusterId}/tasks', { params: { path: { clusterId } }, body }),
      );
      if (!flags.wait && !flags.follow) return print(started, describe);
      note(`Task ${started.id} is ${started.state}.`);
      if (flags.follow) await printLog({ taskId: started.id }, { rank: 0, follow: true });
      const ended = await untilEnded(api, started.id);
      print(ended, describe);
      if (ended.state !== 'succeeded')
        throw new NegativeAnswer(`The task ${ended.state}${ended.reason ? `: ${ended.reason}` : '.'}`);
    });

  pageFlags(task.command('list <clusterId>').description('the tasks of a cluster, the newest first')).action(
    async (clusterId: string, flags) => {
      const api = await connect();
      const read = (query: { limit: number; cursor?: string }) =>
        ask(api.public.GET('/clusters/{clusterId}/tasks', { params: { path: { clusterId }, query } }));
      print(await readPages(flags, read), ({ items }) =>
        table(
          items,
          [
            ['id', (t) => t.id],
            ['name', (t) => t.name],
            ['state', (t) => t.state],
            ['ranks', (t) => t.ranks],
            ['exit', (t) => t.exitCode],
            ['reason', (t) => t.reason],
            ['started', (t) => instant(t.startedAt)],
            ['ended', (t) => instant(t.endedAt)],
          ],
          'It has run no task. Run one with `muster task run`.',
        ),
      );
    },
  );

  task
    .command('get <taskId>')
    .description('one task')
    .action(async (taskId: string) => {
      print(await ask((await connect()).public.GET('/tasks/{taskId}', { params: { path: { taskId } } })), describe);
    });

  task
    .command('logs <taskId>')
    .description('the log of a rank; it outlives the cluster')
    .option('--rank <n>', 'which rank', nonNegative, 0)
    .option('-f, --follow', 'go on as it grows')
    .option('--tail <n>', 'only the last lines', positive)
    .action(async (taskId: string, flags: { rank: number; follow?: boolean; tail?: number }) => {
      await printLog({ taskId }, flags);
    });

  task
    .command('cancel <taskId>')
    .description('stop one')
    .action(async (taskId: string) => {
      const params = { path: { taskId } };
      print(await ask((await connect()).public.POST('/tasks/{taskId}/cancel', { params, body: {} })), describe);
    });
}

function describe(task: Task): string {
  return facts([
    ['task', `${task.name} (${task.id})`],
    ['cluster', task.clusterId],
    ['state', task.reason ? `${task.state}: ${task.reason}` : task.state],
    ['ranks', task.ranks],
    ['image', task.image],
    ['attempt', `${task.attempt} of ${task.maxAttempts}`],
    ['exit code', task.exitCode],
    ['fault', task.fault],
    ['started', instant(task.startedAt)],
    ['ended', instant(task.endedAt)],
  ]);
}

async function untilEnded(api: Muster, taskId: string): Promise<Task> {
  for (;;) {
    const task = await ask(api.public.GET('/tasks/{taskId}', { params: { path: { taskId } } }));
    if (task.endedAt) return task;
    await sleep(400);
  }
}
