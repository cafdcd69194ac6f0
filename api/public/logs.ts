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
/** Then it is told to ask again: the word on who it is ends a minute after it was given, and half of that may be gone. */
const longestWaitMs = 20_000;

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
    const end = performance.now() + (query.follow ? longestWaitMs : 0);
    for (let last = false; !reply.closed.aborted; ) {
      const task = await getTask(context, actor, params.taskId);
      if (rank >= task.ranks) throw new DomainError('not_found', `The task has the ranks 0 to ${task.ranks - 1}.`);
      const archived = task.endedAt ? await archiveOf(context, actor, task, rank) : undefined;
      if (archived !== undefined) return sendText(archived, query, reply);
      try {
        if (task.state === 'queued') throw notStarted(task);
        const url = streamUrl(streams, task.clusterId, rank, 'logs', { ...more, taskId: task.id });
        return await forwardStream(url, text, reply);
      } catch (error) {
        // Its container is not up yet, or just gone and its log on the way to the archive.
        if (!isDomainError(error, 'not_found') && !isDomainError(error, 'conflict')) throw error;
        if (last) return sendText((await readArchivedLog(context, actor, task.id, rank)).text, query, reply);
        if (performance.now() >= end && !task.endedAt) throw notStarted(task, query.follow);
        last = task.endedAt !== null;
      }
      await pause(lookMs, undefined, { signal: reply.closed }).catch(() => {});
    }
  };
}

/** @param waiting whether to ask again is the way to go on waiting */
function notStarted({ state }: Task, waiting = false): DomainError {
  return new DomainError('conflict', `The task is ${state}: it has written nothing yet.`, {
    fix: waiting ? 'Ask again to go on waiting.' : 'Wait until it runs, or ask with follow=true.',
    details: { waiting },
  });
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
