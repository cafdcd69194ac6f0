/** Starts processes that outlive us and ends exactly those again: each is recorded by pid and start time, and marked in its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack, writePrivate } from './stack.ts';

/** What a process inherits to its children, so that `down` also finds one whose record was never written. */
const mark = 'MUSTER_SUPERVISED';

export interface ProcessSpec {
  name: string;
  command: string;
  args?: string[];
  /** Added to a small base (PATH, HOME, LANG): the caller's own environment is not passed on. */
  environment?: Record<string, string | undefined>;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Shown by `status`. */
  port?: number;
  /** What asks it to end: SIGTERM when left out. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to end after that before it is killed. */
  graceMs?: number;
}

/** What names one process for ever: a pid alone is reused. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of `/proc/<pid>/stat`, in clock ticks since boot. */
  startTicks: string;
  /** Start ticks count from the boot, so they mean nothing after another one. */
  bootId: string;
}

export interface ProcessRecord extends ProcessIdentity {
  name: string;
  command: string;
  startedAt: string;
  log: string;
  stopSignal?: NodeJS.Signals | undefined;
  graceMs: number;
  port?: number | undefined;
}

/** Variables that let `down` find a process, and all that it starts. */
export function markOf(stack: Stack, name: string): Record<string, string> {
  return { [mark]: `${stack.id}/${name}` };
}

/** Starts a process in a session of its own, recorded before this returns; when it runs already, that one is kept. */
export function startProcess(stack: Stack, spec: ProcessSpec): ProcessRecord {
  const running = readRecord(stack, spec.name);
  if (running && isAlive(running)) return running;
  const log = logPath(stack, spec.name);
  const output = openSync(log, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(spec.command, spec.args ?? [], {
      cwd: spec.cwd ?? stack.home,
      env: { ...baseEnvironment(), ...spec.environment, ...markOf(stack, spec.name) },
      detached: true,
      stdio: ['ignore', output, output],
      ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid }),
    });
  } finally {
    closeSync(output);
  }
  child.on('error', () => {}); // A command that cannot be run leaves no pid, which is reported below.
  if (child.pid === undefined) throw new Error(`${spec.command} could not be started.`);
  // Nothing is awaited between the start and the record, so no signal handler can come between them.
  const record: ProcessRecord = {
    name: spec.name,
    ...identify(child.pid),
    command: [spec.command, ...(spec.args ?? [])].join(' '),
    startedAt: new Date().toISOString(),
    log,
    stopSignal: spec.stopSignal,
    graceMs: spec.graceMs ?? 10_000,
    port: spec.port,
  };
  writePrivate(recordPath(stack, spec.name), `${JSON.stringify(record, null, 2)}\n`);
  child.unref();
  return record;
}

/** The recorded processes, oldest first. */
export function listProcesses(stack: Stack): ProcessRecord[] {
  return readdirSync(join(stack.home, 'run'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => readRecord(stack, file.slice(0, -'.json'.length)))
    .filter((record) => record !== undefined)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt) || a.pid - b.pid);
}

export function findProcess(stack: Stack, name: string): ProcessRecord | undefined {
  return readRecord(stack, name);
}

/** Whether the process of this name runs. */
export function isRunning(stack: Stack, name: string): boolean {
  const record = readRecord(stack, name);
  return record !== undefined && isAlive(record);
}

/** Whether the process with this pid is still the one that was meant: a reused pid has another start time. */
export function isAlive({ pid, startTicks, bootId: boot }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.startTicks === startTicks && boot === bootId();
}

export function currentProcess(): ProcessIdentity {
  return identify(process.pid);
}

function identify(pid: number): ProcessIdentity {
  return { pid, startTicks: readStat(pid)?.startTicks ?? '', bootId: bootId() };
}

/** Ends a process and its group (its signal, then SIGKILL after its grace) and forgets it. */
export async function stopProcess(stack: Stack, name: string, signal?: NodeJS.Signals): Promise<void> {
  const record = readRecord(stack, name);
  if (record && isAlive(record)) {
    send(-record.pid, signal ?? record.stopSignal ?? 'SIGTERM');
    if (!(await waitFor(() => !isAlive(record), record.graceMs))) {
      send(-record.pid, 'SIGKILL');
      await waitFor(() => !isAlive(record), 5_000);
    }
  }
  await endStrays(stack, (marked) => marked === `${stack.id}/${name}`);
  rmSync(recordPath(stack, name), { force: true });
}

/** Ends whatever else carries this stack's mark: children that left their group, and processes without a record. */
export async function stopStrays(stack: Stack): Promise<void> {
  await endStrays(stack, (marked) => marked.startsWith(`${stack.id}/`));
}

async function endStrays(stack: Stack, ours: (marked: string) => boolean): Promise<void> {
  const find = () =>
    markedPids(stack)
      .filter(([, marked]) => ours(marked))
      .map(([pid]) => pid);
  for (const pid of find()) send(pid, 'SIGTERM');
  if (await waitFor(() => find().length === 0, 5_000)) return;
  for (const pid of find()) send(pid, 'SIGKILL');
  await waitFor(() => find().length === 0, 5_000);
}

/** Every process on the machine that was started under this stack, with its mark; never ourselves. */
function markedPids(stack: Stack): [pid: number, marked: string][] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry): [number, string][] => {
      const environment = readIfThere(`/proc/${entry}/environ`) ?? '';
      const marked = environment.split('\0').find((pair) => pair.startsWith(`${mark}=${stack.id}/`));
      return marked && readStat(Number(entry))?.state !== 'Z' ? [[Number(entry), marked.slice(mark.length + 1)]] : [];
    });
}

/** The last lines of a process's log. */
export function tail(path: string, lines = 20): string {
  const all = (readIfThere(path) ?? '').trimEnd().split('\n');
  return all.slice(-lines).join('\n');
}

export function logPath(stack: Stack, name: string): string {
  return join(stack.home, 'logs', `${name}.log`);
}

/**
 * Polls until `check` answers truthy.
 *
 * @returns false when `timeoutMs` ran out first
 */
export async function waitFor(check: () => unknown, timeoutMs: number, everyMs = 50): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await check()) return true;
    if (Date.now() >= deadline) return false;
    await sleep(everyMs);
  }
}

function baseEnvironment(): Record<string, string | undefined> {
  const { PATH, HOME, LANG, USER, LOGNAME, TMPDIR, XDG_RUNTIME_DIR } = process.env;
  return { PATH, HOME, LANG, USER, LOGNAME, TMPDIR, XDG_RUNTIME_DIR };
}

function recordPath(stack: Stack, name: string): string {
  return join(stack.home, 'run', `${name}.json`);
}

function readRecord(stack: Stack, name: string): ProcessRecord | undefined {
  const path = recordPath(stack, name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord) : undefined;
}

function readStat(pid: number): { state: string; startTicks: string } | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  if (!text) return undefined;
  // The name stands in parentheses and may hold spaces; the fields that follow it start with the state (field 3).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, startTicks: fields[19]! };
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // It ended in between, or belongs to someone else.
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
