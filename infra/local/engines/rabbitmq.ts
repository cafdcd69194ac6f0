/** A RabbitMQ of the stack's own, with its own node name, port mapper, data and password. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { findProgram, installCommand, installPackages } from '../packages.ts';
import { claimPort, knownPort } from '../ports.ts';
import { StepError } from '../progress.ts';
import { type Stack, secret, writePrivate } from '../stack.ts';
import { findProcess, isAlive, isRunning, logPath, startProcess, waitFor } from '../supervisor.ts';

export function rabbitmqUrl(stack: Stack): string {
  return `amqp://muster:${secret(stack, 'rabbitmq')}@127.0.0.1:${knownPort(stack, 'rabbitmq')}/`;
}

/** The server's script; Debian's wrapper on the PATH would change the user, so the one behind it is taken. */
export function findRabbitmq(): string | undefined {
  const packaged = findProgram('rabbitmq-server', ['/usr/lib/rabbitmq/bin', '/opt/rabbitmq/sbin']);
  return packaged === '/usr/sbin/rabbitmq-server' ? '/usr/lib/rabbitmq/bin/rabbitmq-server' : packaged;
}

function findPortMapper(): string | undefined {
  const erlang = ['/usr/lib/erlang', '/usr/local/lib/erlang', '/opt/erlang'];
  const folders = erlang.flatMap((root) => {
    try {
      return readdirSync(root)
        .filter((name) => name.startsWith('erts-'))
        .map((name) => join(root, name, 'bin'));
    } catch {
      return [];
    }
  });
  return findProgram('epmd', folders);
}

/** Starts RabbitMQ and waits until it takes logins. */
export async function startRabbitmq(stack: Stack): Promise<string> {
  if (!isRunning(stack, 'rabbitmq')) {
    if (!findRabbitmq()) await installPackages(stack, ['rabbitmq-server']);
    const [program, portMapper] = [findRabbitmq(), findPortMapper()];
    if (!program || !portMapper) {
      throw new StepError('RabbitMQ and Erlang are needed.', { fix: installCommand(['rabbitmq-server']) });
    }
    const mapperPort = await startPortMapper(stack, portMapper);
    const port = await claimPort(stack, 'rabbitmq');
    startProcess(stack, {
      name: 'rabbitmq',
      command: program,
      environment: await environment(stack, port, mapperPort),
      cwd: dataFolder(stack),
      port,
      graceMs: 20_000,
    });
  }
  const record = findProcess(stack, 'rabbitmq')!;
  const answered = await waitFor(async () => !isAlive(record) || (await answers(stack)), 90_000, 200);
  if (!answered || !isAlive(record)) {
    throw new StepError('RabbitMQ did not start.', { log: logPath(stack, 'rabbitmq') });
  }
  return rabbitmqUrl(stack);
}

/** Erlang would start a port mapper that outlives it; a supervised one of our own is ended by `down`. */
async function startPortMapper(stack: Stack, program: string): Promise<number> {
  const running = findProcess(stack, 'rabbitmq-ports');
  if (running && isAlive(running)) return running.port!;
  const port = await claimPort(stack, 'rabbitmq-ports');
  startProcess(stack, {
    name: 'rabbitmq-ports',
    command: program,
    args: ['-port', String(port), '-address', '127.0.0.1'],
    port,
  });
  return port;
}

function dataFolder(stack: Stack): string {
  const folder = join(stack.home, 'rabbitmq');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function environment(stack: Stack, port: number, mapperPort: number): Promise<Record<string, string>> {
  const folder = dataFolder(stack);
  const configuration = join(folder, 'rabbitmq.conf');
  writePrivate(
    configuration,
    [
      `listeners.tcp.local = 127.0.0.1:${port}`,
      'default_user = muster',
      `default_pass = ${secret(stack, 'rabbitmq')}`,
      'log.console = true',
      'log.console.level = info',
      'log.file = false',
      '',
    ].join('\n'),
  );
  writePrivate(join(folder, 'enabled_plugins'), '[].\n');
  return {
    HOME: folder, // Erlang keeps its cookie there.
    ERL_EPMD_PORT: String(mapperPort),
    RABBITMQ_NODENAME: `muster-${stack.id}@localhost`,
    RABBITMQ_CONFIG_FILE: configuration,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'), // The machine's own settings are for the machine's own RabbitMQ.
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_DIST_PORT: String(await claimPort(stack, 'rabbitmq-distribution')),
    // Idle schedulers must not spin on a machine with few cores, and the node is nobody else's to reach.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
  };
}

async function answers(stack: Stack): Promise<boolean> {
  try {
    const connection = await connect(rabbitmqUrl(stack));
    await connection.close();
    return true;
  } catch {
    return false;
  }
}
