/** For suppliers: workers, how they join, what they earn, and pools. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ask, connect, type Schemas } from '../connect.ts';
import { UserError } from '../failure.ts';
import { facts, instant, money, note, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';
import { readProfile } from '../profile.ts';
import { dollars } from '../request.ts';
import { readStandardInput } from '../stdin.ts';

type Worker = Schemas['Worker'];

export function workerCommands(program: Command): void {
  const worker = program.command('worker').description('your machines: how they join, and why one does not earn');

  worker
    .command('token')
    .description('a single-use token by which one machine joins')
    .requiredOption('--country <code>', 'where the machine is')
    .option('--name <name>', 'what the worker shall be called')
    .option('--floor <usd>', 'the least to lease a device for, per hour')
    .action(async (flags: { country: string; name?: string; floor?: string }) => {
      const api = await connect();
      const body = {
        country: flags.country.toUpperCase(),
        ...(flags.name && { name: flags.name }),
        ...(flags.floor && { floorMicroUsdPerHour: dollars(flags.floor) }),
      };
      const made = await ask(api.private.POST('/enrolment-tokens', { body }));
      const { url } = await readProfile();
      print(made, () => made.token);
      note(
        `It is shown only now, and ends at ${instant(made.expiresAt)}. On the machine, with this token:\n  curl -fsSL ${url}/agent/join.sh | MUSTER_TOKEN='…' sh -s -- --url ${url}`,
      );
    });

  worker
    .command('join')
    .description('make this machine a worker: reads the token from standard input and starts the agent')
    .option('--url <address>', 'where Muster is; the profile’s when left out')
    .option('--state <folder>', 'where the agent keeps its key and certificate')
    .action(async (flags: { url?: string; state?: string }) => {
      const token = await readStandardInput('the token');
      const url = flags.url ?? (await readProfile()).url;
      const agent = spawn(
        'muster-agent',
        ['join', '--url', url, '--token-stdin', ...(flags.state ? ['--state', flags.state] : [])],
        {
          stdio: ['pipe', 'inherit', 'inherit'],
        },
      );
      agent.stdin.end(token);
      const [code] = await once(agent, 'exit').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT')
          throw new UserError('The agent is not installed here.', 'Install `muster-agent`; see the supplier’s guide.');
        throw error;
      });
      process.exitCode = code ?? 1;
    });

  pageFlags(worker.command('list').description('list yours')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.private.GET('/workers', { params: { query } }))), ({ items }) =>
      table(items, workerColumns, 'You have no workers. Make a token with `muster worker token`.'),
    );
  });

  worker
    .command('get <workerId>')
    .description('one worker, with what keeps it from earning')
    .action(async (workerId: string) => {
      print(
        await ask((await connect()).private.GET('/workers/{workerId}', { params: { path: { workerId } } })),
        describeWorker,
      );
    });

  pageFlags(worker.command('events <workerId>').description('what happened to it')).action(
    async (workerId: string, flags) => {
      const api = await connect();
      const read = (query: { limit: number; cursor?: string }) =>
        ask(api.private.GET('/workers/{workerId}/events', { params: { path: { workerId }, query } }));
      print(await readPages(flags, read), ({ items }) =>
        table(
          items,
          [
            ['at', (e) => instant(e.at)],
            ['what', (e) => e.type],
            ['why', (e) => e.reason],
            ['by', (e) => e.actorId],
          ],
          'Nothing has happened yet.',
        ),
      );
    },
  );

  const actions = [
    ['pause', 'take no new leases until resumed'],
    ['resume', 'take leases again'],
    ['drain', 'finish the lease it serves, and take no other'],
  ] as const;
  for (const [action, description] of actions) {
    worker
      .command(`${action} <workerId>`)
      .description(description)
      .action(async (workerId: string) => {
        const api = await connect();
        print(
          await ask(api.private.POST(`/workers/{workerId}/${action}`, { params: { path: { workerId } }, body: {} })),
          describeWorker,
        );
      });
  }

  worker
    .command('floor <workerId> <usd>')
    .description('the least to lease a device for, per hour')
    .action(async (workerId: string, usd: string) => {
      const api = await connect();
      const body = { floorMicroUsdPerHour: dollars(usd) };
      print(
        await ask(api.private.PATCH('/workers/{workerId}', { params: { path: { workerId } }, body })),
        describeWorker,
      );
    });

  program
    .command('earnings')
    .description('what your workers earned, by day and worker')
    .option('--from <instant>', 'an ISO instant')
    .option('--to <instant>', 'an ISO instant')
    .action(async (flags: { from?: string; to?: string }) => {
      const api = await connect();
      print(await ask(api.private.GET('/earnings', { params: { query: flags } })), (earnings) =>
        [
          table(
            earnings.items,
            [
              ['day', (e) => e.day],
              ['worker', (e) => e.workerId],
              ['device-seconds', (e) => e.deviceSeconds],
              ['earned', (e) => money(e.earningMicroUsd, e.currency)],
            ],
            'Nothing was earned in this time.',
          ),
          `Total  ${money(earnings.totalMicroUsd)}`,
        ].join('\n\n'),
      );
    });

  const pool = program.command('pool').description('Kubernetes clusters of yours, whose nodes are workers');
  pool
    .command('list')
    .description('list them')
    .action(async () => {
      print(await ask((await connect()).private.GET('/pools')), ({ items }) => poolTable(items));
    });
  attachFlags(pool.command('attach <name>').description('register one by its kubeconfig')).action(
    async (name: string, flags: AttachFlags) => {
      const api = await connect();
      print(
        await ask(api.private.POST('/pools', { body: await newPool(name, flags) })),
        (made) => `${made.name} is pool ${made.id}.`,
      );
    },
  );
  pool
    .command('detach <poolId>')
    .description('let it go; refused while a cluster lives in it')
    .action(async (poolId: string) => {
      await ask((await connect()).private.DELETE('/pools/{poolId}', { params: { path: { poolId } } }));
      note('Detached.');
    });
}

export interface AttachFlags {
  country: string;
  kubeconfig: string;
  floor?: string;
}

export function attachFlags(command: Command): Command {
  return command
    .requiredOption('--country <code>', 'where its machines are')
    .requiredOption('--kubeconfig <file>', 'with the rights of the pool manifests in k8s/pool')
    .option('--floor <usd>', 'the least to lease a device for, per hour');
}

export async function newPool(name: string, flags: AttachFlags) {
  const kubeconfig = await readFile(flags.kubeconfig, 'utf8').catch(() => {
    throw new UserError(`${flags.kubeconfig} cannot be read.`);
  });
  return {
    name,
    country: flags.country.toUpperCase(),
    kubeconfig,
    ...(flags.floor && { floorMicroUsdPerHour: dollars(flags.floor) }),
  };
}

export function poolTable(pools: Schemas['Pool'][]): string {
  return table(
    pools,
    [
      ['id', (p) => p.id],
      ['name', (p) => p.name],
      ['kind', (p) => p.kind],
      ['country', (p) => p.country],
      ['state', (p) => p.state],
      ['since', (p) => instant(p.createdAt)],
    ],
    'There are no pools.',
  );
}

export const workerColumns: [string, (worker: Worker) => string | number | null][] = [
  ['id', (w) => w.id],
  ['name', (w) => w.name],
  ['status', (w) => w.status],
  ['readiness', (w) => w.readiness],
  ['model', (w) => w.modelId],
  ['devices', (w) => w.devices.length],
  ['country', (w) => w.country],
  ['connectivity', (w) => w.connectivityTier],
  ['origin', (w) => w.origin],
];

/** A worker for a person: both axes, and for the step it is stuck on what is required, what is, why, and the fix. */
export function describeWorker(worker: Worker): string {
  const head = facts([
    ['worker', `${worker.name} (${worker.id})`],
    ['status', worker.status],
    ['readiness', worker.readiness],
    ['simulated', worker.simulated ? 'yes: nothing of it is real' : null],
    ['model', worker.modelId && `${worker.modelId} × ${worker.devices.length}`],
    ['country', worker.country],
    [
      'connectivity',
      worker.connectivityTier && `${worker.connectivityTier} (${worker.downMbps}↓ ${worker.upMbps}↑ Mb/s, measured)`,
    ],
    ['service tier', worker.serviceTier],
    ['compliance', worker.compliance.join(' ')],
    ['floor', `${money(worker.floorMicroUsdPerHour)} per device-hour`],
    ['lease', worker.leaseId],
    ['last seen', instant(worker.lastSeenAt)],
  ]);
  if (worker.rules.length === 0) return head;
  const rules = table(
    worker.rules,
    [
      ['check', (r) => r.check],
      ['required', (r) => r.required],
      ['actual', (r) => r.actual],
      ['why', (r) => r.why],
      ['fix', (r) => r.fix],
    ],
    '',
  );
  return `${head}\n\nWhat it lacks for the next step:\n${rules}`;
}
