/** `muster demo`: brings everything up and lets a customer's cluster really run, with the commands that a reader could type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '@muster/simulator';
import { startKwok } from '../control-plane.ts';
import { demoImage, ensureDemoImage } from '../images.ts';
import type { PersonName } from '../install.ts';
import { type Progress, StepError, together } from '../progress.ts';
import { readEnvironment, type Stack, shown } from '../stack.ts';
import { logPath, waitFor } from '../supervisor.ts';
import { bringUp } from '../up.ts';
import { ensureAgent, restartAgent } from './agents.ts';
import { ask, type Cli, show } from './cli.ts';
import { type Demo, profilePath, seed } from './seed.ts';

export interface DemoOptions {
  /** ISO 3166 code of the country that the workers are said to be in: nothing on a machine tells. */
  country: string;
  /** A cluster to use instead of a control plane of our own. */
  kubeconfig?: string;
  /** How many simulated workers there shall be as well. */
  simulate?: number;
}

interface Worker {
  id: string;
  modelId: string | null;
  readiness: string;
  status: string;
}

export const demoDefaults: DemoOptions = { country: 'DE' };

interface Ready {
  demo: Demo;
  country: string;
  /** Of the devices of this machine. */
  model: string;
}

/** Brings up all that the main job needs: the platform, the people, and two workers that can be hired. */
export async function setUpDemo(
  stack: Stack,
  { country, kubeconfig, simulate: simulated }: DemoOptions,
  progress: Progress,
): Promise<Ready> {
  const [url] = await together([
    bringUp(stack, progress, { country, kubeconfig }),
    progress.step('Demo image', () => ensureDemoImage(stack), { log: logPath(stack, 'images') }),
  ]);
  const demo = await progress.step('People and credit', () => seed(stack, url!));
  const supplier = cliOf(stack, demo, 'supplier');
  const model = await progress.step('Two workers on this machine', () => bringWorkers(stack, supplier, country), {
    describe: (modelId) => modelId,
    log: logPath(stack, 'agent-1'),
  });
  if (simulated !== undefined) {
    await progress.step(`${simulated} simulated workers, labelled as such`, () =>
      simulateWorkers(stack, simulated, progress),
    );
  }
  return { demo, country, model };
}

/** Runs the whole demo and leaves everything running. */
export async function runDemo(stack: Stack, options: DemoOptions, progress: Progress): Promise<void> {
  const ready = await setUpDemo(stack, options, progress);
  await runMainJob(cliOf(stack, ready.demo, 'customer'), cliOf(stack, ready.demo, 'supplier'), ready);
  printLogins(stack, ready.demo);
}

function cliOf(stack: Stack, { url }: Demo, person: PersonName): Cli {
  return { url, profile: profilePath(stack, person) };
}

/** Starts the two agents and waits until both can be hired; answers the model of their devices. */
async function bringWorkers(stack: Stack, supplier: Cli, country: string): Promise<string> {
  const numbers = [1, 2];
  for (const number of numbers) await ensureAgent(stack, supplier, number, country);
  const readWorkers = async () => (await ask(supplier, ['worker', 'list'])).items as Worker[];
  const isReady = ({ readiness }: Worker) => readiness === 'cluster-ready' || readiness === 'hired';
  for (let attempt = 0; attempt < 4; attempt++) {
    const ready = await waitFor(
      async () => (await readWorkers()).filter(isReady).length >= numbers.length,
      15_000,
      500,
    );
    if (ready) return (await readWorkers()).find(isReady)!.modelId!;
    // A machine that is busy with its own start measures slow; a worker is measured again when it reconnects.
    for (const number of numbers) await restartAgent(stack, number);
  }
  const [worker] = (await readWorkers()).filter((each) => !isReady(each));
  throw new StepError('The workers of this machine are not ready to be hired.', {
    log: logPath(stack, 'agent-1'),
    fix: `MUSTER_PROFILE=${shown(supplier.profile)} ./muster worker get ${worker!.id} says what is missing`,
  });
}

async function simulateWorkers(stack: Stack, workers: number, progress: Progress): Promise<void> {
  await startKwok(stack, progress);
  await simulate(readFileSync(readEnvironment(stack).MUSTER_KUBECONFIG!, 'utf8'), { workers });
}

/** The main job: offers, quote, cluster, a task of two ranks, logs, the end, and where the money went. */
async function runMainJob(customer: Cli, supplier: Cli, { country, model }: Ready) {
  const place = ['--country', country, '--tier', 'low'];
  await endLeftovers(customer);
  await show(customer, ['offers', ...place]);
  const quote = idIn(
    await show(customer, ['quote', '--name', 'demo', '--model', model, '--workers', '2', ...place, '--hours', '1']),
    'quo',
  );
  const cluster = idIn(await show(customer, ['cluster', 'create', '--quote', quote]), 'clu');
  await show(customer, ['cluster', 'watch', cluster]);
  const run = ['task', 'run', cluster, '--name', 'sgd', '--image', demoImage, '--ranks', '2', '--follow'];
  const task = idIn(await show(customer, [...run, '--', 'node', '/demo/train.mts']), 'tsk');
  await show(customer, ['task', 'logs', task, '--rank', '1', '--tail', '2']);
  await show(customer, ['cluster', 'terminate', cluster, '--wait']);
  await show(customer, ['cluster', 'events', cluster]);
  const { items } = (await ask(customer, ['invoice', 'list'])) as { items: { id: string; clusterId: string }[] };
  await show(customer, ['invoice', 'get', items.find(({ clusterId }) => clusterId === cluster)!.id]);
  await show(supplier, ['earnings']);
}

/** A demo that was interrupted has left its cluster, and with it the workers that this one needs. */
async function endLeftovers(customer: Cli): Promise<void> {
  const { items } = (await ask(customer, ['cluster', 'list'])) as {
    items: { id: string; name: string; endedAt: string | null }[];
  };
  for (const { id } of items.filter(({ name, endedAt }) => name === 'demo' && endedAt === null)) {
    await show(customer, ['cluster', 'terminate', id, '--reason', 'left by an interrupted demo', '--wait']);
  }
}

/** The first id of a kind in what a command printed. */
function idIn(output: string, prefix: string): string {
  const [id] = new RegExp(`${prefix}_[0-9a-z]{26}`).exec(output) ?? [];
  if (!id) throw new StepError(`The output above names no ${prefix}_… id.`);
  return id;
}

function printLogins(stack: Stack, demo: Demo): void {
  const people: PersonName[] = ['operator', 'supplier', 'customer'];
  console.log();
  for (const person of people) console.log(`${person.padEnd(9)} ${demo[person].email}  ${demo[person].password}`);
  console.log(`\nTheir API keys are in ${shown(join(stack.home, 'demo.json'))}; act as one of them with`);
  console.log(`  MUSTER_PROFILE=${shown(profilePath(stack, 'customer'))} ./muster --help`);
  console.log('Everything keeps running. See ./muster status; stop it with ./muster down');
  const bold = process.stdout.isTTY ? (text: string) => `\x1b[1m${text}\x1b[0m` : (text: string) => text;
  console.log(`\n${bold(`Open Muster in a browser: ${demo.url}`)}`);
}
