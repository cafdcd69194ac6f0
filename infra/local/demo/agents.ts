/** The demo's workers: agents on this machine that enrol as any supplier's would, with single-use tokens. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StepError } from '../progress.ts';
import { checkout, type Stack } from '../stack.ts';
import { isRunning, logPath, startProcess, stopProcess } from '../supervisor.ts';
import { ask, type Cli } from './cli.ts';

const main = join(checkout, 'infra/agent/main.ts');

/** Enrols an agent at first use, and starts it when it does not run. */
export async function ensureAgent(stack: Stack, supplier: Cli, number: number, country: string): Promise<void> {
  const name = `agent-${number}`;
  const state = stateFolder(stack, number);
  if (isRunning(stack, name)) return;
  if (!existsSync(join(state, 'identity.json'))) {
    const { token } = await ask(supplier, [
      'worker',
      'token',
      '--country',
      country,
      '--name',
      `This machine ${number}`,
    ]);
    await enrol(stack, name, supplier.url, state, String(token));
  }
  startAgent(stack, number);
}

/** Starts an agent that has enrolled before; its containers, if any, are found again. */
export function startAgent(stack: Stack, number: number): void {
  startProcess(stack, {
    name: `agent-${number}`,
    command: process.execPath,
    args: [main, 'run', '--state', stateFolder(stack, number), '--stack', stack.id],
    cwd: checkout,
    graceMs: 15_000,
  });
}

/** Ends an agent's process, not its containers, and starts it again. */
export async function restartAgent(stack: Stack, number: number): Promise<void> {
  await stopProcess(stack, `agent-${number}`);
  startAgent(stack, number);
}

function stateFolder(stack: Stack, number: number): string {
  return join(stack.home, 'agents', String(number));
}

async function enrol(stack: Stack, name: string, url: string, state: string, token: string): Promise<void> {
  const child = spawn(process.execPath, [main, 'join', '--url', url, '--state', state, '--token-stdin', '--exit'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.end(token);
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const status = await new Promise((done) => child.once('exit', done));
  if (status !== 0) {
    throw new StepError(`${name} could not enrol: ${complaint.trim()}`, { log: logPath(stack, 'api-private') });
  }
}
