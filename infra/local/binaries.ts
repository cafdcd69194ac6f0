/** The Go programs of the stack: named by `KUBEBUILDER_ASSETS`, in the user's cache, downloaded with their checksum, or built. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './locks.ts';
import { findProgram, runLogged } from './packages.ts';
import { type Progress, StepError, silent } from './progress.ts';
import { checkout } from './stack.ts';

interface Release {
  version: string;
  /** Program → Go package that it is built from. */
  programs: Record<string, string>;
  ldflags: string;
  /** Where the project publishes a program and its checksum; `member` names it inside an archive. */
  download?: (program: string, arch: string) => { url: string; checksums: string; member?: string };
}

const kubernetes = '1.34.4';
const etcd = '3.6.8';
const helm = '4.3.1';

const releases = {
  kubernetes: {
    version: kubernetes,
    programs: Object.fromEntries(
      ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'].map((name) => [
        name,
        `k8s.io/kubernetes/cmd/${name}`,
      ]),
    ),
    ldflags: ['gitVersion=v1.34.4', 'gitMajor=1', 'gitMinor=34']
      .map((pair) => `-X k8s.io/component-base/version.${pair}`)
      .join(' '),
    download: (program, arch) => {
      const url = `https://dl.k8s.io/v${kubernetes}/bin/linux/${arch}/${program}`;
      return { url, checksums: `${url}.sha256` };
    },
  },
  etcd: {
    version: etcd,
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
    ldflags: '',
    download: (_program, arch) => {
      const base = `https://github.com/etcd-io/etcd/releases/download/v${etcd}`;
      const name = `etcd-v${etcd}-linux-${arch}`;
      return { url: `${base}/${name}.tar.gz`, checksums: `${base}/SHA256SUMS`, member: `${name}/etcd` };
    },
  },
  /** Published without checksums, so it is always built. */
  kwok: { version: '0.8.0', programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' }, ldflags: '' },
  helm: {
    version: helm,
    programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
    ldflags: '',
    download: (_program, arch) => {
      const url = `https://get.helm.sh/helm-v${helm}-linux-${arch}.tar.gz`;
      return { url, checksums: `${url}.sha256sum`, member: `linux-${arch}/helm` };
    },
  },
} satisfies Record<string, Release>;
type ReleaseName = keyof typeof releases;

export type BinaryName =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kubectl'
  | 'etcd'
  | 'kwok'
  | 'helm';

/** The path of a program that is there without any work, or undefined. */
export function findBinary(name: BinaryName): string | undefined {
  const named = process.env.KUBEBUILDER_ASSETS && join(process.env.KUBEBUILDER_ASSETS, name);
  return [named, cached(name)].find((path) => path && existsSync(path)) || undefined;
}

/**
 * The path of a program, which is downloaded or built when it is not on the machine yet.
 *
 * @throws StepError when a download does not match its checksum, or when nothing worked
 */
export async function ensureBinary(name: BinaryName, progress: Progress = silent): Promise<string> {
  const [path] = await ensureBinaries([name], progress);
  return path!;
}

/** As `ensureBinary`, for several at once: what must be built of one release is built in one go. */
export async function ensureBinaries(names: readonly BinaryName[], progress: Progress = silent): Promise<string[]> {
  const missing = names.filter((name) => !findBinary(name));
  for (const release of Object.keys(releases) as ReleaseName[]) {
    const wanted = missing.filter((name) => releaseOf(name) === release);
    if (wanted.length === 0) continue;
    mkdirSync(cacheFolder(release), { recursive: true });
    const onWait = () => progress.note('Another process is getting the same programs; waiting for it.');
    await withLock(join(cacheFolder(release), '.lock'), () => obtain(release, wanted, progress), { onWait });
  }
  return names.map((name) => findBinary(name)!);
}

async function obtain(release: ReleaseName, wanted: BinaryName[], progress: Progress): Promise<void> {
  const toBuild: BinaryName[] = [];
  for (const name of wanted) {
    if (!findBinary(name) && !(await download(release, name, progress))) toBuild.push(name);
  }
  if (toBuild.length > 0) await build(release, toBuild, progress);
}

/** False when the release host cannot be reached: then the program is built instead. */
async function download(release: ReleaseName, name: BinaryName, progress: Progress): Promise<boolean> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  const source = arch && (releases[release] as Release).download?.(name, arch);
  if (!source) return false;
  const checksums = await fetchBytes(source.checksums, 5_000);
  if (!checksums) return false;
  progress.note(`Downloading ${name} ${releases[release].version}`);
  const content = await fetchBytes(source.url, 15 * 60_000);
  if (!content) return false;
  const file = basename(source.url);
  const line =
    checksums
      .toString('utf8')
      .split('\n')
      .find((each) => each.includes(file)) ?? checksums.toString('utf8');
  const expected = /\b[0-9a-f]{64}\b/.exec(line)?.[0];
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== expected) {
    throw new StepError(`${file} does not match its published checksum, so it was not installed.`, {
      fix: `check who serves ${new URL(source.url).host} to this machine, or build from source (MUSTER_DOWNLOADS=off)`,
    });
  }
  await install(name, source.member ? await unpack(content, source.member) : content);
  return true;
}

/**
 * `MUSTER_DOWNLOADS` is `off`, or the base URL of a mirror that keeps each host's files under the host's name.
 *
 * @returns undefined when the host cannot be reached or does not have the file
 */
async function fetchBytes(url: string, timeoutMs: number): Promise<Buffer | undefined> {
  const mirror = process.env.MUSTER_DOWNLOADS;
  if (mirror === 'off') return undefined;
  try {
    const response = await fetch(mirror ? url.replace('https:/', mirror) : url, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}

async function unpack(archive: Buffer, member: string): Promise<Buffer> {
  const running = promisify(execFile)('tar', ['-xzO', member], { encoding: 'buffer', maxBuffer: 1 << 30 });
  running.child.stdin!.end(archive);
  return (await running).stdout;
}

async function build(release: ReleaseName, names: BinaryName[], progress: Progress): Promise<void> {
  const { version, programs, ldflags } = releases[release] as Release;
  const go = findGo();
  if (!go) {
    throw new StepError(
      `${names.join(', ')} ${version} could not be downloaded, and building needs Go 1.21 or newer.`,
      {
        fix: 'install Go from https://go.dev/dl (into /usr/local/go), or name a folder with the programs in KUBEBUILDER_ASSETS',
      },
    );
  }
  const log = join(cacheFolder(release), 'build.log');
  progress.note(
    `Building ${names.join(', ')} ${version} from the Go modules; once, and it takes minutes (log: ${log})`,
  );
  const output = join(cacheFolder(release), `.build-${randomBytes(4).toString('hex')}`);
  mkdirSync(output);
  try {
    for (const name of names) {
      const flags = ['-trimpath', '-ldflags', `-s -w ${ldflags}`, '-o', join(output, name)];
      const status = await runLogged(['nice', '-n', '10', go, 'build', ...flags, programs[name]!], log, {
        cwd: join(checkout, 'infra/local/kubernetes', release),
        env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
      });
      if (status !== 0) throw new StepError(`${name} ${version} could not be built.`, { log });
      renameSync(join(output, name), cached(name));
    }
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** A Go that can fetch the toolchain that a module asks for (1.21 and newer), wherever it was unpacked. */
export function findGo(): string | undefined {
  const go = findProgram('go', ['/usr/local/go/bin', '/usr/lib/go/bin', join(homedir(), 'go/bin'), '/snap/bin']);
  if (!go) return undefined;
  const { stdout } = spawnSync(go, ['version'], { encoding: 'utf8' });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return Number(major) > 1 || Number(minor) >= 21 ? go : undefined;
}

/** Whole or not at all: another process may be looking for it. */
async function install(name: BinaryName, content: Buffer): Promise<void> {
  const temporary = `${cached(name)}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, content);
  chmodSync(temporary, 0o755);
  renameSync(temporary, cached(name));
}

function releaseOf(name: BinaryName): ReleaseName {
  const found = Object.entries(releases).find(([, { programs }]) => name in programs);
  return found![0] as ReleaseName;
}

function cached(name: BinaryName): string {
  return join(cacheFolder(releaseOf(name)), name);
}

function cacheFolder(release: ReleaseName): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'muster', `${release}-${releases[release].version}`);
}
