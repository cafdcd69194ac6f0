/** `muster doctor`: what the local stack needs of this machine, what is missing, and the command that mends it. */
import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { type BinaryName, findBinary, findGo } from './binaries.ts';
import { chromiumPackages, findChromium } from './chromium.ts';
import { controlPlanePrograms } from './control-plane.ts';
import { findPostgres } from './engines/postgres.ts';
import { findRabbitmq } from './engines/rabbitmq.ts';
import { findRedis } from './engines/redis.ts';
import { findContainerEngine } from './images.ts';
import { findProgram, installCommand, isRoot } from './packages.ts';
import { listenerOf } from './platform.ts';
import { isFree, readPorts } from './ports.ts';
import { type Stack, shown } from './stack.ts';
import { isAlive, listProcesses } from './supervisor.ts';

export interface Finding {
  name: string;
  /** `later`: not here yet, but `muster up` gets it by itself. */
  state: 'ok' | 'later' | 'missing';
  detail: string;
  fix?: string;
}

const gib = 1024 ** 3;

/** Looks at everything once; nothing is changed. */
export async function examine(stack: Stack): Promise<Finding[]> {
  return [
    examineNode(),
    program('Postgres 15+', findPostgres(), ['postgresql']),
    program('Redis', findRedis(), ['redis-server']),
    program('RabbitMQ', findRabbitmq(), ['rabbitmq-server']),
    program('Podman or Docker', findContainerEngine(), ['podman', 'runc', 'busybox-static']),
    examineKubernetes(),
    examineBrowser(),
    examineCgroups(),
    examineDisk(stack),
    examineMemory(),
    ...examineProcesses(stack),
    ...(await examinePorts(stack)),
  ];
}

/** Prints the findings; the exit status is 1 when something is missing. */
export function printFindings(findings: Finding[], { json = false }: { json?: boolean } = {}): void {
  if (json) console.log(JSON.stringify(findings, null, 2));
  else for (const finding of findings) console.log(asLine(finding));
  if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
}

function asLine({ name, state, detail, fix }: Finding): string {
  const sign = { ok: '✓', later: '…', missing: '✗' }[state];
  return `${sign} ${name}: ${detail}${fix ? `\n    ${fix}` : ''}`;
}

function examineNode(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 24;
  const detail = `${process.version} at ${process.execPath}`;
  return ok ? { name: 'Node 24', state: 'ok', detail } : { name: 'Node 24', state: 'missing', detail, fix: 'npm ci' };
}

function program(name: string, path: string | undefined, packages: string[]): Finding {
  if (path) return { name, state: 'ok', detail: path };
  const byItself = findProgram('apt-get') && (isRoot() || spawnSync('sudo', ['-n', 'true']).status === 0);
  const fix = installCommand(packages);
  return byItself
    ? { name, state: 'later', detail: 'not installed; ./muster up does it', fix }
    : { name, state: 'missing', detail: 'not installed', fix };
}

function examineKubernetes(): Finding {
  const name = 'Kubernetes programs';
  const absent = controlPlanePrograms.filter((each: BinaryName) => !findBinary(each));
  if (absent.length === 0) return { name, state: 'ok', detail: findBinary('kube-apiserver')! };
  const go = findGo();
  const detail = `${absent.join(', ')} not on this machine`;
  if (go) return { name, state: 'later', detail: `${detail}; ./muster up downloads them, or builds them with ${go}` };
  return {
    name,
    state: 'later',
    detail: `${detail}; ./muster up downloads them`,
    fix: 'where dl.k8s.io and github.com cannot be reached: install Go from https://go.dev/dl into /usr/local/go',
  };
}

/** Only who tests the web or takes pictures of it needs one. */
function examineBrowser(): Finding {
  const name = 'Chromium';
  const path = findChromium();
  if (path) return { name, state: 'ok', detail: path };
  const detail = 'not installed; ./muster test, screenshots and bench web need it, and install it where they may';
  return { name, state: 'later', detail, fix: installCommand(chromiumPackages) };
}

function examineCgroups(): Finding {
  const v2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const hybrid = existsSync('/sys/fs/cgroup/unified');
  const detail = v2 ? 'v2' : hybrid ? 'hybrid: containers run with runc and cgroupfs' : 'v1: containers run with runc';
  return existsSync('/sys/fs/cgroup')
    ? { name: 'Control groups', state: 'ok', detail }
    : { name: 'Control groups', state: 'missing', detail: 'none', fix: 'mount -t cgroup2 none /sys/fs/cgroup' };
}

function examineDisk(stack: Stack): Finding {
  const { bavail, bsize } = statfsSync(stack.home);
  const free = (bavail * bsize) / gib;
  const detail = `${free.toFixed(0)} GiB free at ${shown(stack.home)}`;
  if (free >= 5) return { name: 'Disk', state: 'ok', detail };
  return { name: 'Disk', state: 'missing', detail, fix: 'free some space: 5 GiB are needed, 10 for a first build' };
}

function examineMemory(): Finding {
  const detail = `${(totalmem() / gib).toFixed(1)} GiB, ${(freemem() / gib).toFixed(1)} free`;
  if (totalmem() >= 3.5 * gib) return { name: 'Memory', state: 'ok', detail };
  return { name: 'Memory', state: 'missing', detail, fix: 'use a machine with 4 GiB or more' };
}

function examineProcesses(stack: Stack): Finding[] {
  const ended = listProcesses(stack).filter((record) => !isAlive(record));
  return ended.map(({ name, log }) => ({
    name: `Process ${name}`,
    state: 'missing',
    detail: `has ended by itself; its log is ${shown(log)}`,
    fix: './muster up starts it again',
  }));
}

/** A remembered port that someone else holds now; a start picks another by itself. */
async function examinePorts(stack: Stack): Promise<Finding[]> {
  const used = new Set(
    listProcesses(stack)
      .filter(isAlive)
      .map(({ name }) => name),
  );
  // Ports beside the main one of a process (`etcd-peer`) are named after it, or after what they are for.
  const inUse = (port: string) => used.has(listenerOf(port)) || [...used].some((name) => port.startsWith(name));
  const idle = Object.entries(readPorts(stack)).filter(([name]) => !inUse(name));
  const findings = idle.map(async ([name, port]): Promise<Finding[]> => {
    if (await isFree(port)) return [];
    const detail = `${port} is used by something else; the next start takes another`;
    return [{ name: `Port of ${name}`, state: 'later', detail }];
  });
  return (await Promise.all(findings)).flat();
}
