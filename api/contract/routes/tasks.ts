/** Tasks in a customer's clusters. */
import { taskStates } from '@muster/common';
import { z } from 'zod';
import { route } from '../route.ts';
import { logQuery } from '../schemas/filters.ts';
import { ClusterId, listOf, page, TaskId } from '../schemas/primitives.ts';
import { NewTask, Task, TaskPage } from '../schemas/task.ts';

const cluster = z.strictObject({ clusterId: ClusterId });
const one = z.strictObject({ taskId: TaskId });

export const tasks = {
  run: route({
    method: 'post',
    path: '/clusters/{clusterId}/tasks',
    summary: 'Queue a task; it starts when enough ranks are free',
    access: { scope: 'tasks:write' },
    params: cluster,
    body: NewTask,
    answer: Task,
    status: 201,
    errors: ['not_found', 'conflict', 'illegal_transition', 'unfulfillable'],
  }),
  list: route({
    method: 'get',
    path: '/clusters/{clusterId}/tasks',
    summary: 'List the tasks of a cluster, newest first',
    access: { scope: 'tasks:read' },
    params: cluster,
    query: z.strictObject({ ...page, state: listOf(z.enum(taskStates), taskStates.length).optional() }),
    answer: TaskPage,
    errors: ['not_found'],
  }),
  get: route({
    method: 'get',
    path: '/tasks/{taskId}',
    summary: 'Read a task',
    access: { scope: 'tasks:read' },
    params: one,
    answer: Task,
    errors: ['not_found'],
  }),
  cancel: route({
    method: 'post',
    path: '/tasks/{taskId}/cancel',
    summary: 'Stop a task, or take it out of the queue',
    access: { scope: 'tasks:write' },
    params: one,
    body: z.strictObject({}),
    answer: Task,
    errors: ['not_found', 'conflict', 'illegal_transition'],
  }),
  logs: route({
    method: 'get',
    path: '/tasks/{taskId}/logs',
    summary: 'The output of one of its ranks',
    description: 'A stream of text. After the task has ended, the last MiB of each rank is kept.',
    access: { scope: 'tasks:read' },
    params: one,
    query: z.strictObject(logQuery),
    stream: 'text/plain',
    errors: ['not_found', 'conflict', 'unavailable'],
  }),
};
