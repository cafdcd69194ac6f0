import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { removeStack, stopStack } from './down.ts';
import { silent } from './progress.ts';
import { checkout, openStack, type Stack } from './stack.ts';
import { findProcess, isAlive, listProcesses, startProcess, stopProcess, waitFor } from './supervisor.ts';

const stacks: Stack[] = [];

function newStack(): Stack {
  const stack = openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')), durable: false });
  stacks.push(stack);
  return stack;
}

afterEach(async () => {
  for (const stack of stacks.splice(0)) {
    await removeStack(stack, silent);
  }
});

/** The pids that carry the stack's mark, found independently of the supervisor's own bookkeeping. */
function survivors(stack: Stack): Promise<string> {
  const child = spawn('sh', ['-c', `grep -lsa "MUSTER_SUPERVISED=${stack.id}/" /proc/[0-9]*/environ || true`]);
  return new Promise((done) => child.stdout.once('data', (data) => done(String(data))).once('end', () => done('')));
}

describe('supervisor', () => {
  test('a process is recorded before start returns, is started once, and ends on stop', async () => {
    const stack = newStack();
    const first = startProcess(stack, { name: 'sleeper', command: 'sleep', args: ['600'] });
    expect(findProcess(stack, 'sleeper')).toEqual(first);
    expect(startProcess(stack, { name: 'sleeper', command: 'sleep', args: ['600'] }).pid).toBe(first.pid);
    await stopProcess(stack, 'sleeper');
    expect(isAlive(first)).toBe(false);
    expect(listProcesses(stack)).toEqual([]);
  });

  test('a reused pid is never killed: the process must also have the recorded start time', async () => {
    const stack = newStack();
    const stranger = spawn('sleep', ['600']);
    const record = startProcess(stack, { name: 'sleeper', command: 'sleep', args: ['600'] });
    await stopProcess(stack, 'sleeper');
    const reused = { ...record, pid: stranger.pid, startTicks: String(Number(record.startTicks) + 1_000) };
    writeFileSync(join(stack.home, 'run/sleeper.json'), JSON.stringify(reused));
    await stopStack(stack, silent);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    expect(findProcess(stack, 'sleeper')).toBeUndefined();
    stranger.kill('SIGKILL');
  });

  test('a process that ignores SIGTERM is killed after its grace, with its children', async () => {
    const stack = newStack();
    const script = 'trap "" TERM; sleep 600 & while :; do wait; done';
    const record = startProcess(stack, { name: 'stubborn', command: 'sh', args: ['-c', script], graceMs: 300 });
    await waitFor(async () => (await survivors(stack)).trim().split('\n').length === 2, 5_000);
    await stopProcess(stack, 'stubborn');
    expect(isAlive(record)).toBe(false);
    expect(await survivors(stack)).toBe('');
  });

  test('what left its group, or lost its record, is still found by the mark and ended', async () => {
    const stack = newStack();
    startProcess(stack, { name: 'parent', command: 'setsid', args: ['--fork', 'sleep', '600'] });
    startProcess(stack, { name: 'unrecorded', command: 'sleep', args: ['600'] });
    rmSync(join(stack.home, 'run/unrecorded.json'));
    await waitFor(async () => (await survivors(stack)).trim().split('\n').length === 2, 5_000);
    await stopStack(stack, silent);
    expect(await survivors(stack)).toBe('');
  });

  test('another stack is left alone', async () => {
    const [mine, theirs] = [newStack(), newStack()];
    startProcess(mine, { name: 'sleeper', command: 'sleep', args: ['600'] });
    const other = startProcess(theirs, { name: 'sleeper', command: 'sleep', args: ['600'] });
    await stopStack(mine, silent);
    expect(isAlive(other)).toBe(true);
  });

  test('a process is given only what it is told, never the caller’s secrets', async () => {
    const stack = newStack();
    process.env.MUSTER_TEST_SECRET = 'hidden';
    const { log } = startProcess(stack, { name: 'printer', command: 'env', environment: { GIVEN: 'yes' } });
    await waitFor(() => readFileSync(log, 'utf8').includes('GIVEN'), 5_000);
    delete process.env.MUSTER_TEST_SECRET;
    expect(readFileSync(log, 'utf8')).toContain('GIVEN=yes');
    expect(readFileSync(log, 'utf8')).not.toContain('hidden');
  });

  test.each(['SIGINT', 'SIGKILL'] as const)(
    '%s in the middle of `up` leaves nothing that `down` would not find',
    async (signal) => {
      const stack = newStack();
      const { MUSTER_POSTGRES_URL, MUSTER_REDIS_URL, MUSTER_RABBITMQ_URL, ...rest } = process.env;
      const env = { ...rest, MUSTER_HOME: stack.home };
      const up = spawn(process.execPath, [join(checkout, 'infra/local/main.ts'), 'up', '--engines-only'], {
        env,
        stdio: 'ignore',
      });
      const ended = new Promise((done) => up.once('exit', done));
      await waitFor(() => listProcesses(stack).length >= 2 || up.exitCode !== null, 30_000, 5);
      up.kill(signal);
      await ended;
      expect(await survivors(stack)).not.toBe('');
      await stopStack(stack, silent);
      expect(await survivors(stack)).toBe('');
    },
  );
});
