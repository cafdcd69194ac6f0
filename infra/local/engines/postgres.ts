/** A Postgres of the stack's own: found or installed, initialised with a random password, and started. */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { findProgram, installCommand, installPackages, isRoot, runLogged } from '../packages.ts';
import { claimPort, knownPort } from '../ports.ts';
import { StepError } from '../progress.ts';
import { type Stack, secret } from '../stack.ts';
import { findProcess, isAlive, isRunning, logPath, markOf, startProcess, waitFor } from '../supervisor.ts';
import { chownedFile } from './files.ts';

/** Exclusion constraints over ranges with `btree_gist` and everything else that we use are there from this version on. */
const oldest = 15;

export function postgresUrl(stack: Stack): string {
  return `postgres://muster:${secret(stack, 'postgres')}@127.0.0.1:${knownPort(stack, 'postgres')}/muster`;
}

/** The folder of the newest suitable Postgres on this machine, or undefined. */
export function findPostgres(): string | undefined {
  const packaged = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const folders = packaged.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`);
  const program = findProgram('initdb');
  return [...folders, ...(program ? [dirname(program)] : []), '/usr/local/pgsql/bin'].find(
    (folder) => versionOf(join(folder, 'postgres')) >= oldest,
  );
}

function versionOf(program: string): number {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/(\d+)(\.\d+|devel|beta\d|rc\d)/.exec(stdout ?? '')?.[1] ?? 0);
}

/** Starts Postgres and waits until it answers. */
export async function startPostgres(stack: Stack): Promise<string> {
  if (!isRunning(stack, 'postgres')) {
    if (!findPostgres()) await installPackages(stack, ['postgresql']);
    const folder = findPostgres();
    if (!folder) {
      throw new StepError(`Postgres ${oldest} or newer is needed.`, { fix: installCommand(['postgresql']) });
    }
    const user = serverUser();
    const data = await initialise(stack, folder, user);
    // A pid file that an unclean end left behind would stop a start if that pid is now someone else's.
    rmSync(join(data, 'postmaster.pid'), { force: true });
    const port = await claimPort(stack, 'postgres');
    startProcess(stack, {
      name: 'postgres',
      command: join(folder, 'postgres'),
      args: ['-D', data, ...settings(stack, port).flatMap((setting) => ['-c', setting])],
      cwd: data,
      port,
      // SIGTERM would wait until every client has gone.
      stopSignal: 'SIGINT',
      graceMs: 20_000,
      ...user,
    });
  }
  await waitForAnswer(stack);
  return postgresUrl(stack);
}

function settings(stack: Stack, port: number): string[] {
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=400',
    'shared_buffers=256MB',
    'log_line_prefix=%m [%p] ',
    ...(stack.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
}

/** `postgres` refuses to run as root: then it runs as the system's `postgres` user. */
function serverUser(): { uid?: number; gid?: number } {
  if (!isRoot()) return {};
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  if (!id('-u')) spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const [uid, gid] = [id('-u'), id('-g')];
  if (!uid || !gid) {
    throw new StepError('Postgres does not run as root, and there is no user postgres.', {
      fix: 'useradd --system --user-group postgres',
    });
  }
  return { uid, gid };
}

async function initialise(stack: Stack, folder: string, user: { uid?: number; gid?: number }): Promise<string> {
  const data = dataFolder(stack, user.uid);
  if (existsSync(join(data, 'PG_VERSION'))) return data;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid!);
  const log = logPath(stack, 'postgres');
  const password = chownedFile(join(dirname(data), 'postgres.password'), secret(stack, 'postgres'), user);
  const status = await runLogged(
    [join(folder, 'initdb'), '-D', data, '-U', 'muster', '-A', 'scram-sha-256', `--pwfile=${password}`]
      .concat(['-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions'])
      .concat(stack.durable ? [] : ['--no-sync']),
    log,
    { cwd: data, env: markOf(stack, 'postgres'), ...user },
  );
  rmSync(password);
  if (status !== 0) throw new StepError('The Postgres data folder could not be made.', { log });
  return data;
}

/** `.muster/postgres`; elsewhere, with a link to it, when the server's user cannot pass the folders above (such as /root). */
function dataFolder(stack: Stack, uid: number | undefined): string {
  const usual = join(stack.home, 'postgres');
  if (uid === undefined || isPassable(stack.home)) return usual;
  const elsewhere = join(hiddenData(stack), 'postgres');
  mkdirSync(dirname(elsewhere), { recursive: true, mode: 0o711 });
  if (!existsSync(usual)) symlinkSync(elsewhere, usual);
  return elsewhere;
}

/** Where the data of a stack lies when it cannot lie in the stack's own folder. */
export function hiddenData(stack: Stack): string {
  return join('/var/lib', `muster-${stack.id}`);
}

function isPassable(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (folder === '/' || isPassable(dirname(folder)));
}

async function waitForAnswer(stack: Stack): Promise<void> {
  const log = logPath(stack, 'postgres');
  const record = findProcess(stack, 'postgres')!;
  const answered = await waitFor(async () => !isAlive(record) || (await ensureDatabase(stack)), 60_000, 100);
  if (!answered || !isAlive(record)) throw new StepError('Postgres did not start.', { log });
}

/** Makes the database at first start; false while the server does not answer yet. */
async function ensureDatabase(stack: Stack): Promise<boolean> {
  const client = new Client({ connectionString: postgresUrl(stack).replace(/\/muster$/, '/postgres') });
  client.on('error', () => {}); // It may end the connection while it still starts; the next try finds out.
  try {
    await client.connect();
    const { rowCount } = await client.query(`select from pg_database where datname = 'muster'`);
    if (rowCount === 0) await client.query('create database muster');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
