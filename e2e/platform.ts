/** The running platform as its users see it: the gateway's address, the people of the demo, the CLI, and the stack under it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, createMusterClient, type MusterClient, type Schemas } from '@muster/contract/client';
import { openStack } from '@muster/local';
import { z } from 'zod';

const Person = z.object({ email: z.string(), password: z.string(), apiKey: z.string() });
const Demo = z.object({ url: z.url(), operator: Person, supplier: Person, customer: Person });
export type Role = 'operator' | 'supplier' | 'customer';

/** The stack that `muster test` has brought up in `MUSTER_HOME`, as `muster demo` does. */
export const stack = openStack();
export const demo = Demo.parse(JSON.parse(readFileSync(join(stack.home, 'demo.json'), 'utf8')));

export function clientOf(role: Role): MusterClient {
  return createMusterClient({ url: demo.url, apiKey: demo[role].apiKey });
}

const cli = new URL('../ui/cli/main.ts', import.meta.url).pathname;

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the product's own CLI as one of the people, as they would type it. */
export function muster(role: Role, ...args: string[]): Promise<Ran> {
  const env = { ...process.env, MUSTER_URL: demo.url, MUSTER_API_KEY: demo[role].apiKey, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env, timeout: 180_000, maxBuffer: 2 ** 24 }, (error, stdout, stderr) =>
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr }),
    );
  });
}

/** The JSON answer of a command. @throws Error with what it printed when it failed */
export async function musterJson<T>(role: Role, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await muster(role, '--json', ...args);
  if (code !== 0) throw new Error(`muster ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Asks until the answer is defined. @throws Error naming what was waited for */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>, seconds = 90): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(250);
  }
  throw new Error(
    `Waited ${seconds} s in vain for ${what}: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}

export type Cluster = Schemas['Cluster'];

/** Ends every live cluster of a role, so that a test that failed takes no worker from the next. */
export async function endClusters(role: Role): Promise<void> {
  const api = clientOf(role);
  const live = async () => {
    const { items } = await answer(api.public.GET('/clusters', { params: { query: { limit: 200 } } }));
    return items.filter(({ endedAt }) => endedAt === null);
  };
  await until('the end of every cluster', async () => {
    const clusters = await live();
    const body = { reason: 'the test is over' };
    for (const { id, state } of clusters) {
      if (state === 'terminating') continue;
      await api.public.POST('/clusters/{clusterId}/terminate', { params: { path: { clusterId: id } }, body });
    }
    return clusters.length === 0;
  });
}

/** Every invariant of the architecture, over the live system: what a test ends with. */
export async function brokenInvariants(): Promise<unknown[]> {
  const { stdout } = await muster('operator', '--json', 'admin', 'check');
  const { items } = JSON.parse(stdout) as { items: { held: boolean }[] };
  if (items.length < 10) throw new Error('The check did not walk the invariants.');
  return items.filter(({ held }) => !held);
}

/** The CPU model of this machine, which the demo's workers offer. */
export async function ownModel(): Promise<{ modelId: string; country: string }> {
  return until('an offer of this machine', async () => {
    const { items } = await musterJson<{ items: Schemas['Offer'][] }>('customer', 'offers');
    return items.find(({ simulated, modelId }) => !simulated && !modelId.startsWith('nvidia'));
  });
}

export const demoImage = 'localhost/muster/demo:latest';
