/**
 * Logs: streamed from the pool while something runs, read from the archive when it has ended. Only the orchestrator holds
 * a pool's credentials; what it is asked for was checked here to be the caller's.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Call, forwardStream, type Handlers, type StreamReply } from '@muster/api-http';
import { getCluster } from '@muster/clusters';
import { type Actor, DomainError, isDomainError } from '@muster/common';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';
import { getTask, readArchivedLog, type Task } from '@muster/tasks';

/** Where the orchestrator serves logs and shells. */
export interface Streams {
  url: string;
}

type Routes = (typeof publicApi)['routes'];
type LogQuery = Call<Routes['tasks']['logs']>['query'];

const text = 'text/plain; charset=utf-8';
/** How often a follower looks whether its task has started. */
const lookMs = 500;

export function clusterLogs(context: Context, streams: Streams): Handlers<Routes['clusters']>['logs'] {
  return async ({ actor, params, query }, reply) => {
    const cluster = await getCluster(context, actor, params.clusterId);
    if (cluster.endedAt) {
      throw new DomainError('conflict', 'The cluster has ended, and its containers with it.', {
        fix: 'The logs of its tasks are kept: read those.',
      });
    }
    const { rank, ...more } = query;
    await forwardStream(streamUrl(streams, cluster.id, rank, 'logs', more), text, reply);
  };
}

export function taskLogs(context: Context, streams: Streams): Handlers<Routes['tasks']>['logs'] {
  return async ({ actor, params, query }, reply) => {
    const { rank, ...more } = query;
    for (;;) {
      const task = await startedTask(context, actor, params.taskId, query, reply);
      if (!task) return;
      if (rank >= task.ranks) throw new DomainError('not_found', `The task has the ranks 0 to ${task.ranks - 1}.`);
      const archived = task.endedAt ? await archiveOf(context, actor, task, rank) : undefined;
      if (archived !== undefined) return sendText(archived, query, reply);
      const url = streamUrl(streams, task.clusterId, rank, 'logs', { ...more, taskId: task.id });
      try {
        return await forwardStream(url, text, reply);
      } catch (error) {
        // Its container is not up yet, or just gone and its log on the way to the archive.
        const passing = isDomainError(error, 'not_found') || isDomainError(error, 'conflict');
        const { endedAt } = await getTask(context, actor, task.id);
        const decided = endedAt ? task.endedAt : !query.follow;
        if (!passing || decided || reply.closed.aborted) throw error;
      }
      await pause(lookMs, undefined, { signal: reply.closed }).catch(() => {});
    }
  };
}

/** The log of the last attempt; undefined while it is not kept. */
async function archiveOf(context: Context, actor: Actor, task: Task, rank: number): Promise<string | undefined> {
  try {
    const { attempt, text } = await readArchivedLog(context, actor, task.id, rank);
    return attempt === task.attempt ? text : undefined;
  } catch (error) {
    if (isDomainError(error, 'not_found')) return undefined;
    throw error;
  }
}

/**
 * The task, once it has started: a follower waits for that.
 *
 * @returns undefined when the caller went away meanwhile
 * @throws DomainError `not_found`; `conflict` when it has not started
 */
async function startedTask(
  context: Context,
  actor: Actor,
  taskId: string,
  { follow }: LogQuery,
  { closed }: StreamReply,
): Promise<Task | undefined> {
  for (;;) {
    const task = await getTask(context, actor, taskId);
    if (task.state === 'running' || task.endedAt) return task;
    if (!follow) {
      throw new DomainError('conflict', `The task is ${task.state}: it has written nothing yet.`, {
        fix: 'Wait until it runs, or ask with follow=true.',
      });
    }
    if (closed.aborted) return undefined;
    await pause(lookMs, undefined, { signal: closed }).catch(() => {});
  }
}

function sendText(log: string, { tail }: LogQuery, { response }: StreamReply): void {
  response.writeHead(200, { 'content-type': text, 'cache-control': 'private, no-cache' });
  response.end(tail === undefined ? log : lastLines(log, tail));
}

function lastLines(log: string, count: number): string {
  if (count === 0) return '';
  const lines = log.split('\n');
  const ended = lines.at(-1) === '';
  return lines.slice(-(ended ? count + 1 : count)).join('\n');
}

/** Where the orchestrator serves a stream of a rank of a cluster. */
export function streamUrl(
  { url }: Streams,
  clusterId: string,
  rank: number,
  kind: 'logs' | 'exec',
  query: Record<string, unknown>,
): URL {
  const at = new URL(`/streams/clusters/${clusterId}/ranks/${rank}/${kind}`, url);
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) at.searchParams.append(name, item instanceof Date ? item.toISOString() : String(item));
    }
  }
  return at;
}
