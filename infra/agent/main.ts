#!/usr/bin/env node
/** `muster-agent`: makes a machine a worker (`join`) and keeps it one (`run`). */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createLogger, systemClock } from '@muster/common';
import { Command, Option } from 'commander';
import { Agent } from './agent.ts';
import { detectEngine } from './engine.ts';
import { enrol } from './enrolment.ts';
import { agentVersion, gatherFacts } from './facts.ts';
import { loadIdentity, prepareState, saveIdentity } from './identity.ts';

interface RunOptions {
  state: string;
  engine?: 'podman' | 'docker';
  stack?: string;
  drain?: boolean;
}
interface JoinOptions extends RunOptions {
  url: string;
  tokenFile?: string;
  tokenStdin?: boolean;
  caFile?: string;
  caFingerprint?: string;
  exit?: boolean;
}

const program = new Command('muster-agent').description('Offers this machine as a worker.').version(agentVersion);

const withRunOptions = (command: Command) =>
  command
    .option('--state <folder>', 'where identity and pods are kept', join(homedir(), '.muster-agent'))
    .addOption(new Option('--engine <name>', 'container engine').choices(['podman', 'docker']))
    .addOption(new Option('--stack <name>', 'label on every container').env('MUSTER_STACK'))
    .option('--drain', 'on SIGTERM end all pods gracefully, instead of leaving them running');

withRunOptions(program.command('join'))
  .description('enrol with a single-use token, then run')
  .requiredOption('--url <address>', 'the platform, such as https://muster.example')
  .option('--token-stdin', 'read the token from standard input')
  .option('--token-file <file>', 'read the token from a file (or set MUSTER_TOKEN)')
  .option('--ca-file <file>', 'authority that signed the platform’s certificate')
  .option('--ca-fingerprint <sha256>', 'fingerprint of a certificate in the platform’s chain')
  .option('--exit', 'do not run after enrolling')
  .action(async (options: JoinOptions) => {
    const engineInfo = await detectEngine(options.engine);
    await prepareState(options.state);
    const facts = await gatherFacts(engineInfo, options.state);
    const identity = await enrol(options.url, await readToken(options), facts, options);
    await saveIdentity(options.state, identity);
    console.log(`This machine is worker ${identity.workerId}.`);
    if (!options.exit) await run(options);
  });

withRunOptions(program.command('run')).description('stay connected and run pods').action(run);

async function run(options: RunOptions): Promise<void> {
  const log = createLogger('agent', process.env.MUSTER_LOG_LEVEL);
  const identity = await loadIdentity(options.state);
  await prepareState(options.state);
  const engineInfo = await detectEngine(options.engine);
  const facts = await gatherFacts(engineInfo, options.state);
  log.info({ workerId: identity.workerId, engine: engineInfo.name, gpus: facts.gpus.length }, 'started');
  const agent = new Agent({
    identity,
    engineInfo,
    facts,
    folder: options.state,
    ...(options.stack && { stack: options.stack }),
    clock: systemClock,
    log,
    random: Math.random,
  });
  const abort = new AbortController();
  const stop = async () => {
    if (options.drain) await agent.drain();
    abort.abort();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  await agent.run(abort.signal);
  log.info('stopped');
}

/** The token never stands in the arguments, where every user of the machine could read it. */
async function readToken(options: JoinOptions): Promise<string> {
  const token = options.tokenStdin
    ? await text(process.stdin)
    : options.tokenFile
      ? await readFile(options.tokenFile, 'utf8')
      : (process.env.MUSTER_TOKEN ?? '');
  if (!token.trim()) throw new Error('Give the token with --token-stdin, --token-file or MUSTER_TOKEN.');
  return token.trim();
}

program.parseAsync().then(
  () => process.exit(0),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
