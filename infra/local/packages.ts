/** Installs what the machine lacks with its own package manager, or says the command to type. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './locks.ts';
import { StepError } from './progress.ts';
import type { Stack } from './stack.ts';
import { logPath } from './supervisor.ts';

/** The first of these programs that is on the PATH or in a usual place outside of it. */
export function findProgram(name: string, alsoIn: string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', ...alsoIn];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The other package managers that we can name the command of. */
const managers = {
  dnf: 'dnf install -y',
  yum: 'yum install -y',
  zypper: 'zypper install -y',
  pacman: 'pacman -S --noconfirm',
  apk: 'apk add',
};

/** The command with which a person would install these (Debian's names; other systems may call them otherwise). */
export function installCommand(packages: string[]): string {
  const list = packages.join(' ');
  if (findProgram('apt-get')) return `${isRoot() ? '' : 'sudo '}apt-get install -y ${list}`;
  const other = Object.entries(managers).find(([name]) => findProgram(name));
  return other ? `sudo ${other[1]} ${list}` : `install ${list} with your package manager`;
}

/**
 * Installs packages with apt-get, without letting Debian start the services that come with them.
 *
 * @throws StepError with the command to type, where we may not install
 */
export async function installPackages(stack: Stack, packages: string[]): Promise<void> {
  const sudo = isRoot() ? [] : ['sudo', '-n'];
  const mayInstall = isRoot() || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (!findProgram('apt-get') || !mayInstall) {
    throw new StepError(`${packages.join(', ')} must be installed first.`, { fix: installCommand(packages) });
  }
  const log = logPath(stack, 'packages');
  // One at a time: apt-get does not wait for another that refreshes the lists.
  const status = await withLock(join(stack.home, 'packages.lock'), async () => {
    const refresh = listsAreFresh ? 'false' : 'true';
    listsAreFresh = true;
    return runLogged([...sudo, 'sh', '-c', installScript, 'sh', refresh, ...packages], log);
  });
  if (status !== 0) {
    throw new StepError(`${packages.join(', ')} could not be installed.`, { log, fix: installCommand(packages) });
  }
}

/** The lists of packages are refreshed once per run. */
let listsAreFresh = false;

/** Package scripts ask `policy-rc.d` before they start a service, and 101 means no: nothing of the machine's own is started. */
const installScript = `
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT INT TERM
  printf '#!/bin/sh\\nexit 101\\n' >$policy && chmod 755 $policy
fi
if $1; then apt-get update; fi
shift
apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
`;

/** Runs a command with its output in a log, and answers its exit status; it does not outlive us. */
export async function runLogged(
  [command, ...args]: string[],
  log: string,
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number | undefined; gid?: number | undefined } = {},
): Promise<number> {
  const output = openSync(log, 'a', 0o600);
  try {
    return await new Promise<number>((resolve, reject) => {
      const { uid, gid, ...rest } = options;
      const child = spawn(command!, args, {
        ...rest,
        ...(uid === undefined ? {} : { uid, gid }),
        env: { ...process.env, ...options.env },
        stdio: ['ignore', output, output],
      });
      const stop = () => child.kill();
      process.once('exit', stop);
      child.once('error', reject).once('exit', (code) => {
        process.off('exit', stop);
        resolve(code ?? 1);
      });
    });
  } finally {
    closeSync(output);
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
