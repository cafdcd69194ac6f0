/** For tests: an image of the real engine, made here from the machine's busybox, and pods that use it. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectEngine, type EngineInfo } from './engine.ts';
import type { Pod } from './protocol.ts';

export const testImage = 'localhost/muster-test:1';
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));

/** The machine's Podman with the test image. @throws Error with the command that installs what is missing */
export async function testEngine(): Promise<EngineInfo> {
  const info = await detectEngine('podman');
  if (!busybox) throw new Error('There is no busybox. Install it: `apt-get install -y busybox-static`.');
  try {
    execFileSync('podman', ['image', 'exists', testImage]);
  } catch {
    importImage(busybox);
  }
  return info;
}

function importImage(program: string): void {
  const root = mkdtempSync(join(tmpdir(), 'muster-image-'));
  for (const folder of ['bin', 'tmp', 'etc']) mkdirSync(join(root, folder));
  chmodSync(join(root, 'tmp'), 0o1777);
  copyFileSync(program, join(root, 'bin/busybox'));
  for (const name of execFileSync(program, ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (name && name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  const archive = `${root}.tar`;
  execFileSync('tar', ['-C', root, '-cf', archive, '.']);
  execFileSync('podman', ['import', '--change', 'CMD ["/bin/sh"]', archive, testImage], { stdio: 'pipe' });
  rmSync(root, { recursive: true });
  rmSync(archive);
}

/** A pod that runs a shell script as an ordinary user. */
export function shellPod(script: string, change: Partial<Pod> = {}, container: Partial<Pod['container']> = {}): Pod {
  const uid = randomUUID();
  return {
    uid,
    namespace: 'agent-test',
    name: `pod-${uid.slice(0, 8)}`,
    restartPolicy: 'Never',
    graceSeconds: 1,
    volumes: [],
    ...change,
    container: {
      name: 'main',
      image: testImage,
      pullPolicy: 'IfNotPresent',
      command: ['/bin/sh', '-c', script],
      env: [],
      tty: false,
      gpus: 0,
      user: '1000:1000',
      nonRoot: true,
      readOnlyRoot: false,
      mounts: [],
      ...container,
    },
  };
}
