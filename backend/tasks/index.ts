export { type TaskDemand, taskDemand } from './demand.ts';
export { type Desired, type DesiredTask, desired } from './desired.ts';
export { timeOutDue } from './due.ts';
export { type ArchivedLog, archiveLog, readArchivedLog } from './logs.ts';
export { observeTask } from './observe.ts';
export { TaskObserved, type TaskObservedMessage } from './reports.ts';
export { cancelTask, getTask, listTasks, type NewTask, runTask } from './run.ts';
export { schedule, scheduleAll } from './schedule.ts';
export type { Task } from './task.ts';
