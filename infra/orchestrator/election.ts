/**
 * One leader per pool, by a Kubernetes Lease. Time is the process's own: another's lease has expired when it was seen
 * unchanged for its whole duration, and one's own is given up before anybody else could think so.
 */
import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@muster/common';
import { isKubeError, type Kube, type KubeObject, pathOf } from './kube.ts';

/** Where the orchestrator keeps what is its own in a pool. */
export const systemNamespace = 'muster-system';

const durationSeconds = 15;
const renewMs = 2_000;
/** A leader that could not renew for so long leads no more, well before anybody may take over. */
const deadlineMs = 10_000;
const requestMs = 5_000;

/** Names this process, and where it could be looked for. */
export function processIdentity(): string {
  return [...place(), process.pid, randomBytes(4).toString('hex')].join('/');
}

/** A process of this machine that is not there any more: a restarted orchestrator need not wait for its predecessor. */
function isDeadNeighbour(identity: string): boolean {
  const [host, pidNamespace, pid] = identity.split('/');
  const [ownHost, ownPidNamespace] = place();
  if (host !== ownHost || pidNamespace !== ownPidNamespace || !Number(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Process numbers mean something within one namespace of one machine. */
function place(): [string, string] {
  try {
    return [hostname(), readlinkSync('/proc/self/ns/pid')];
  } catch {
    return [hostname(), randomBytes(4).toString('hex')];
  }
}

export interface ElectionOptions {
  kube: Kube;
  name: string;
  /** Of this process, and of no other. */
  identity: string;
  log: Logger;
  onElected(): void;
  onDismissed(): void;
}

/** `V1Lease` as it is on the wire: instants are text, with microseconds. */
interface Lease extends KubeObject {
  spec: { holderIdentity?: string; leaseDurationSeconds: number; renewTime: string };
}

export class Election {
  #options: ElectionOptions;
  #abort = new AbortController();
  #running: Promise<void> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #seen: { version: string | undefined; at: number } = { version: undefined, at: 0 };

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#campaign();
  }

  /** Whether this process may act as the leader at this moment. */
  isLeader(): boolean {
    return performance.now() - this.#renewedAt < deadlineMs;
  }

  /** Gives the lease back, so that another need not wait for its end. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    if (!this.isLeader()) return;
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    const lease = await this.#read().catch(() => undefined);
    if (lease?.spec.holderIdentity !== this.#options.identity) return;
    await this.#write({ ...lease, spec: { ...lease.spec, holderIdentity: '' } }).catch(() => {});
  }

  async #campaign(): Promise<void> {
    const { signal } = this.#abort;
    let led = false;
    while (!signal.aborted) {
      const askedAt = performance.now();
      try {
        this.#renewedAt = (await this.#take()) ? askedAt : Number.NEGATIVE_INFINITY;
      } catch (error) {
        if (!signal.aborted) this.#options.log.warn({ err: error }, 'the lease could not be renewed');
      }
      const leads = this.isLeader();
      if (leads && !led) this.#options.onElected();
      if (!leads && led) this.#options.onDismissed();
      led = leads;
      await delay(renewMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Takes or renews the lease; the API server's resource version lets one of several win. */
  async #take(): Promise<boolean> {
    const lease = await this.#read();
    const now = performance.now();
    if (!lease) return this.#write(this.#lease());
    const { holderIdentity, leaseDurationSeconds } = lease.spec;
    if (lease.metadata.resourceVersion !== this.#seen.version) {
      this.#seen = { version: lease.metadata.resourceVersion, at: now };
    }
    const mine = holderIdentity === this.#options.identity;
    const free =
      !holderIdentity || now - this.#seen.at > leaseDurationSeconds * 1_000 || isDeadNeighbour(holderIdentity);
    if (!mine && !free) return false;
    return this.#write({ ...this.#lease(), metadata: lease.metadata });
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return await this.#options.kube.request<Lease>('GET', pathOf(this.#lease()), { timeoutMs: requestMs });
    } catch (error) {
      if (isKubeError(error, 404)) return undefined;
      throw error;
    }
  }

  async #write(lease: Lease): Promise<boolean> {
    const { kube } = this.#options;
    const path = pathOf(lease);
    try {
      if (lease.metadata.resourceVersion) await kube.request('PUT', path, { body: lease, timeoutMs: requestMs });
      else await kube.request('POST', path.slice(0, path.lastIndexOf('/')), { body: lease, timeoutMs: requestMs });
      return true;
    } catch (error) {
      if (isKubeError(error, 409)) return false;
      // The bootstrap manifests make the namespace; on a pool without them it is made here, if that is allowed.
      if (!isKubeError(error, 404) || lease.metadata.resourceVersion) throw error;
      await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } });
      return false;
    }
  }

  #lease(): Lease {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.#options.name, namespace: systemNamespace },
      spec: {
        holderIdentity: this.#options.identity,
        leaseDurationSeconds: durationSeconds,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    };
  }
}
