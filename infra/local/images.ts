/** The image of the demo's task, built on this machine from what it has: no registry can be counted on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram, installCommand, installPackages, runLogged } from './packages.ts';
import { StepError } from './progress.ts';
import { checkout, type Stack } from './stack.ts';
import { logPath } from './supervisor.ts';

export const demoImage = 'localhost/muster/demo:latest';

/** Podman with what containers with a network of their own need; Debian's names. */
const enginePackages = ['podman', 'runc', 'netavark', 'aardvark-dns', 'iptables', 'uidmap', 'slirp4netns'];

/** Podman, or Docker when its server answers; undefined when there is neither. */
export function findContainerEngine(): string | undefined {
  const podman = findProgram('podman');
  if (podman) return podman;
  const docker = findProgram('docker');
  return docker && spawnSync(docker, ['info'], { stdio: 'ignore' }).status === 0 ? docker : undefined;
}

/** Makes sure of a container engine and of the demo's image in it; quick when both are there. */
export async function ensureDemoImage(stack: Stack): Promise<string> {
  const missing = [...(findContainerEngine() ? [] : enginePackages), ...(findBusybox() ? [] : ['busybox-static'])];
  if (missing.length > 0) await installPackages(stack, missing);
  const [engine, busybox] = [findContainerEngine(), findBusybox()];
  if (!engine || !busybox) {
    throw new StepError('Podman (or Docker) and a static busybox are needed.', { fix: installCommand(missing) });
  }
  const node = realpathSync(process.execPath);
  const content = fingerprint(node, busybox);
  if (labelOf(engine) === content) return demoImage;
  const root = mkdtempSync(join(tmpdir(), 'muster-image-'));
  try {
    fillRoot(root, node, busybox);
    await importRoot(stack, engine, root, content);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return demoImage;
}

/** A busybox that needs no libraries. */
function findBusybox(): string | undefined {
  const busybox = findProgram('busybox');
  return busybox && librariesOf(busybox).length === 0 ? busybox : undefined;
}

function fillRoot(root: string, node: string, busybox: string): void {
  for (const folder of ['bin', 'etc', 'tmp', 'demo', 'usr/local/bin', 'home/muster']) {
    mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  chmodSync(join(root, 'home/muster'), 0o777);
  copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets.filter((name) => name !== 'busybox')) symlinkSync('busybox', join(root, 'bin', applet));
  for (const file of [node, ...librariesOf(node)]) {
    const target = file === node ? 'usr/local/bin/node' : file;
    mkdirSync(dirname(join(root, target)), { recursive: true });
    copyFileSync(realpathSync(file), join(root, target));
    chmodSync(join(root, target), 0o755);
  }
  copyFileSync(training, join(root, 'demo/train.mts'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nmuster:x:1000:1000::/home/muster:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nmuster:x:1000:\n');
}

const training = join(checkout, 'infra/local/demo/train.mts');

/** The shared libraries and the loader that a program needs, as the machine's own loader finds them. */
function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...(stdout ?? '').matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}

async function importRoot(stack: Stack, engine: string, root: string, content: string): Promise<void> {
  const log = logPath(stack, 'images');
  const archive = `${root}.tar`;
  const changes = ['USER 1000:1000', 'WORKDIR /home/muster', 'ENV PATH=/usr/local/bin:/bin', 'CMD ["sleep","infinity"]']
    .concat(`LABEL ${label}=${content}`)
    .flatMap((change) => ['--change', change]);
  try {
    // Made as if by root: the files must not belong to whoever built the image.
    const packed = await runLogged(
      ['tar', '-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', archive, '.'],
      log,
    );
    if (packed !== 0 || (await runLogged([engine, 'import', ...changes, archive, demoImage], log)) !== 0) {
      throw new StepError('The demo image could not be built.', { log });
    }
  } finally {
    rmSync(archive, { force: true });
  }
}

const label = 'muster.content';

/** Changes when anything that goes into the image does. */
function fingerprint(node: string, busybox: string): string {
  const hash = createHash('sha256').update(process.version).update(node);
  for (const file of [busybox, training, import.meta.filename]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function labelOf(engine: string): string | undefined {
  const format = `{{index .Config.Labels "${label}"}}`;
  const { status, stdout } = spawnSync(engine, ['image', 'inspect', '--format', format, demoImage], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
