/** A supplier enrols a machine with a single-use token, sees it rise to cluster-ready, and takes it out again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Schemas } from '@muster/contract/client';
import { startProcess, stopProcess } from '@muster/local';
import { demo, muster, musterJson, stack, until } from './platform.ts';

const main = new URL('../infra/agent/main.ts', import.meta.url).pathname;
const state = mkdtempSync(join(tmpdir(), 'muster-agent-'));
const name = 'agent-e2e';
afterAll(async () => {
  await stopProcess(stack, name);
  rmSync(state, { recursive: true, force: true });
});

/** `muster-agent join` with the token on its standard input. */
async function enrol(token: string, folder: string): Promise<{ code: number; stderr: string }> {
  const child = spawn(
    process.execPath,
    [main, 'join', '--url', demo.url, '--state', folder, '--token-stdin', '--exit'],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  child.stdin.end(token);
  const stderr = text(child.stderr);
  const [code] = await once(child, 'exit');
  return { code, stderr: await stderr };
}

describe('a supplier', () => {
  test('enrols a worker, sees why it is not ready until it is, and drains it', async () => {
    const { token } = await musterJson<Schemas['CreatedEnrolmentToken']>(
      'supplier',
      'worker',
      'token',
      '--country',
      'NL',
      '--name',
      'e2e machine',
    );
    expect(await enrol(token, state)).toMatchObject({ code: 0 });

    const again = await enrol(token, mkdtempSync(join(tmpdir(), 'muster-agent-')));
    expect(again.code).not.toBe(0);
    expect(again.stderr).not.toContain(token);

    const find = async () => {
      const { items } = await musterJson<{ items: Schemas['Worker'][] }>('supplier', 'worker', 'list');
      return items.find((worker) => worker.name === 'e2e machine');
    };
    const enrolled = (await find())!;
    expect(enrolled).toMatchObject({ origin: 'community', simulated: false, country: 'NL' });
    expect(['registered', 'verified']).toContain(enrolled.readiness);
    for (const rule of enrolled.rules) expect(Object.values(rule).every(Boolean)).toBe(true);

    startProcess(stack, {
      name,
      command: process.execPath,
      args: [main, 'run', '--state', state, '--stack', stack.id],
      graceMs: 15_000,
    });
    const ready = await until('the worker to be cluster-ready', async () => {
      const worker = await find();
      return worker?.readiness === 'cluster-ready' && worker;
    });
    expect(ready.connectivityTier).not.toBeNull();
    expect(ready.downMbps).toBeGreaterThan(0);

    const paused = await musterJson<Schemas['Worker']>('supplier', 'worker', 'pause', ready.id);
    expect(paused.status).toBe('paused');
    const foreign = await muster('customer', '--json', 'worker', 'get', ready.id);
    expect(foreign).toMatchObject({ code: 2, stdout: '' });

    await stopProcess(stack, name);
    await until('the worker to be seen as gone', async () => (await find())?.connected === false, 90);
    const { items: events } = await musterJson<{ items: Schemas['Event'][] }>('supplier', 'worker', 'events', ready.id);
    expect(events.length).toBeGreaterThan(2);
  }, 240_000);
});
