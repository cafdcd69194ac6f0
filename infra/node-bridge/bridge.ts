/**
 * The node-bridge: each connected agent as a Node, the pods bound to that Node as what the agent shall run. All of it is
 * level-triggered: a connect compares everything, a change is only a reason to look again, and a write that failed is
 * made anew from what is then.
 */
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { type AgentFrame, type Facts, type Pod, type PodStatus, type PodUsage, silenceMs } from '@muster/agent';
import { type Clock, kubernetesName, type Logger } from '@muster/common';
import { workerLabel } from '@muster/workers';
import type { WebSocket } from 'ws';
import { Link } from './link.ts';
import {
  bridgeAnnotation,
  type KubeletAddress,
  leaseOf,
  nodeOf,
  nodeStatusOf,
  poolLabel,
  readyCondition,
} from './node.ts';
import { agentPod, MissingConfigError, UnsupportedPodError } from './pod.ts';
import type { PodWatch, Pool } from './pool.ts';
import { LatestQueue } from './queue.ts';
import type { Reports } from './reports.ts';
import { measureSpeed } from './speed.ts';
import { failedStatus, isFinished, kubernetesStatus } from './status.ts';
import { summaryOf } from './summary.ts';

export interface BridgeOptions {
  bridgeId: string;
  poolId: string;
  pool: Pool;
  kubelet: KubeletAddress;
  reports: Reports;
  /** Signs a worker's next certificate. @throws Error when the request is bad */
  renewCertificate(workerId: string, organizationId: string, csr: string): Promise<string>;
  clock: Clock;
  log: Logger;
  /** Of silence until a worker's Node is NotReady; the product's 40 s unless a test is in a hurry. */
  silenceMs?: number;
}

/** A pod as one agent knows it. */
interface Assignment {
  pod: V1Pod;
  applied: boolean;
  /** The grace that the agent was told, once the pod is being deleted. */
  deleting: number | undefined;
  gone: boolean;
  report: PodStatus | undefined;
  /** What the API server was last told. */
  written: string;
}

interface Session {
  link: Link;
  workerId: string;
  organizationId: string;
  nodeName: string;
  facts: Facts | undefined;
  draining: boolean;
  synced: boolean;
  /** A certificate is being signed for it: an agent that asks again meanwhile is not heard. */
  renewing: boolean;
  assignments: Map<string, Assignment>;
  /** Aborted when the connection ends. */
  closed: AbortController;
  silence: NodeJS.Timeout;
}

const writesAtOnce = 32;
const sweepEveryMs = 5_000;
const configRetryMs = 5_000;
/** A worker without contact for 5 days is inactive (product rules): its Node goes. */
const forgetAfterMs = 5 * 86_400_000;
/** The most that an agent takes. */
const longestGraceSeconds = 86_400;
const measureAgainMs = 6 * 3_600_000;
/** A machine that was busy for a moment must not stay out for hours: what does not suffice is measured again soon. */
const doubtAgainMs = 15_000;
/** What every worker needs (product rules), in Mb/s. */
const least = { downMbps: 100, upMbps: 75 };
/** Close codes of our own, 4000 and up. */
const replaced = { code: 4001, reason: 'The worker connected anew.' };

export class Bridge {
  #options: BridgeOptions;
  #sessions = new Map<string, Session>();
  #queue: LatestQueue;
  #watch: PodWatch;
  #sweep: NodeJS.Timeout;
  #measuring: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#queue = new LatestQueue(writesAtOnce, options.log);
    this.#watch = options.pool.watchPods(
      { change: (pod) => this.#podChanged(pod), gone: (pod) => this.#podGone(pod) },
      options.log,
    );
    this.#sweep = setInterval(() => void this.#sweepOnce(), sweepEveryMs);
  }

  get #silenceMs(): number {
    return this.#options.silenceMs ?? silenceMs;
  }

  /** Workers that are connected here. */
  get connected(): number {
    return this.#sessions.size;
  }

  /** Ends every connection: the agents go to another bridge. Nodes and pods stay as they are. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#sweep);
    this.#watch.stop();
    for (const { link } of this.#sessions.values()) link.close(1001, 'The bridge stops.');
    this.#queue.stop();
  }

  /** Serves an agent whose certificate the gateway has checked, until its connection ends. */
  async accept(workerId: string, organizationId: string, socket: WebSocket): Promise<void> {
    const { log, reports } = this.#options;
    const nodeName = kubernetesName(workerId);
    this.#sessions.get(nodeName)?.link.close(replaced.code, replaced.reason);
    const link = new Link(workerId, socket, log);
    const session: Session = {
      link,
      workerId,
      organizationId,
      nodeName,
      facts: undefined,
      draining: false,
      synced: false,
      renewing: false,
      assignments: new Map(),
      closed: new AbortController(),
      silence: setTimeout(() => link.close(1008, 'Silent for too long.'), this.#silenceMs),
    };
    this.#sessions.set(nodeName, session);
    const why = await link.serve((frame) => this.#frame(session, frame));
    clearTimeout(session.silence);
    session.closed.abort();
    if (this.#sessions.get(nodeName) !== session || this.#stopped) return;
    this.#sessions.delete(nodeName);
    log.info({ workerId, why }, 'agent disconnected');
    reports.tell('worker.disconnected', workerId, { reason: why });
  }

  /** A pod that is bound to a worker connected here, with what its agent told of it. */
  find(namespace: string, name: string): { link: Link; pod: V1Pod; report: PodStatus | undefined } | undefined {
    for (const { link, assignments } of this.#sessions.values()) {
      for (const { pod, report } of assignments.values()) {
        if (pod.metadata?.name === name && pod.metadata.namespace === namespace) return { link, pod, report };
      }
    }
    return undefined;
  }

  #frame(session: Session, frame: AgentFrame): void {
    const { reports, clock, log, pool } = this.#options;
    const { link, workerId } = session;
    if ((frame.type === 'hello') === (session.facts !== undefined)) {
      link.close(1008, 'A connection starts with one hello.');
      return;
    }
    session.silence.refresh();
    switch (frame.type) {
      case 'hello':
        session.facts = frame.facts;
        reports.seen(workerId, clock.now());
        this.#welcome(session).catch((error) => {
          log.error({ err: error, workerId }, 'a worker could not be taken in');
          link.close(1013, 'Try again later.');
        });
        return;
      case 'heartbeat':
        // One that leaves is down already; it counts again when it connects anew.
        if (!session.draining) reports.seen(workerId, clock.now());
        this.#used(session, frame.usage ?? []);
        link.send({ type: 'heartbeat.seen' });
        if (session.synced) this.#renew(session);
        return;
      case 'draining':
        session.draining = true;
        reports.tell('worker.leaving', workerId, {});
        this.#queue.put(`node/${session.nodeName}`, async () => {
          await pool.applyNode(this.#nodeOf(session));
        });
        return;
      case 'pod.status':
        this.#heard(session, frame.status.uid, { report: frame.status });
        return;
      case 'pod.gone':
        this.#heard(session, frame.uid, { gone: true });
        return;
      case 'certificate.renew':
        if (session.renewing) return;
        session.renewing = true;
        this.#options
          .renewCertificate(workerId, session.organizationId, frame.csr)
          .then(
            (certificate) => link.send({ type: 'certificate.renewed', certificate }),
            (error) => log.warn({ err: error, workerId }, 'a certificate was not renewed'),
          )
          .finally(() => {
            session.renewing = false;
          });
        return;
      case 'speed.received':
      case 'stream.end':
      case 'stream.credit':
        // The link has taken these already.
        return;
    }
  }

  #nodeOf({ workerId, facts, draining }: Session) {
    const { poolId, bridgeId } = this.#options;
    return nodeOf({ workerId, poolId, bridgeId, facts: facts!, draining });
  }

  /** Makes the Node, tells the agent of every pod that it shall have, and only then that others must go. */
  async #welcome(session: Session): Promise<void> {
    const { pool, reports, clock, log } = this.#options;
    const { link, workerId, nodeName, facts } = session;
    const node = await pool.applyNode(this.#nodeOf(session));
    await pool.applyLease(leaseOf(node, clock.now()));
    await this.#writeStatus(session);
    const bound = await pool.podsOn(nodeName);
    if (session.closed.signal.aborted) return;
    link.send({ type: 'welcome', workerId });
    log.info({ workerId, pods: bound.length }, 'agent connected');
    reports.tell('worker.connected', workerId, {});
    reports.tell('worker.facts', workerId, { facts });
    session.synced = true;
    const seen = new Map(bound.map((pod) => [pod.metadata!.uid!, pod]));
    for (const pod of this.#watch.pods()) {
      // Bound since the list was read.
      if (pod.spec?.nodeName === nodeName && !seen.has(pod.metadata!.uid!)) seen.set(pod.metadata!.uid!, pod);
    }
    await Promise.all([...seen.values()].map((pod) => this.#assign(session, pod)));
    link.send({ type: 'pods.known', uids: [...session.assignments.keys()] });
    void this.#measure(session);
  }

  #renew(session: Session): void {
    const { pool, clock } = this.#options;
    this.#queue.put(`lease/${session.nodeName}`, async () => {
      if (session.closed.signal.aborted) return;
      const node = await pool.node(session.nodeName);
      // Somebody deleted the Node of a living worker, or another bridge has taken over.
      if (!node) return session.link.close(1012, 'The node is gone; connect anew.');
      if (node.metadata?.annotations?.[bridgeAnnotation] !== this.#options.bridgeId) {
        return session.link.close(replaced.code, replaced.reason);
      }
      await pool.applyLease(leaseOf(node, clock.now()));
      // Kubernetes doubts a Node whose Lease came late, and believes only its kubelet again.
      if (!isReady(node)) await this.#writeStatus(session);
    });
  }

  #writeStatus({ workerId, facts }: Session): Promise<void> {
    const { pool, kubelet, clock } = this.#options;
    return pool.applyNodeStatus(nodeStatusOf({ workerId, facts: facts! }, kubelet, clock.now()));
  }

  #podChanged(pod: V1Pod): void {
    const session = this.#sessions.get(pod.spec?.nodeName ?? '');
    if (session?.synced) void this.#assign(session, pod);
  }

  #podGone(pod: V1Pod): void {
    const session = this.#sessions.get(pod.spec?.nodeName ?? '');
    const uid = pod.metadata!.uid!;
    if (!session?.assignments.delete(uid)) return;
    session.link.send({ type: 'pod.delete', uid, graceSeconds: 0 });
  }

  /** Tells the agent what is new about a pod of its Node. */
  async #assign(session: Session, pod: V1Pod): Promise<void> {
    const uid = pod.metadata!.uid!;
    let assignment = session.assignments.get(uid);
    if (!assignment) {
      assignment = {
        pod,
        applied: false,
        deleting: undefined,
        gone: false,
        report: undefined,
        written: '',
      };
      session.assignments.set(uid, assignment);
    }
    assignment.pod = pod;
    if (pod.metadata?.deletionTimestamp) {
      const grace = Math.min(pod.metadata.deletionGracePeriodSeconds ?? 30, longestGraceSeconds);
      if (assignment.deleting === undefined || grace < assignment.deleting) {
        assignment.deleting = grace;
        session.link.send({ type: 'pod.delete', uid, graceSeconds: grace });
      }
      if (assignment.gone) this.#write(session, assignment);
      return;
    }
    if (assignment.applied || isFinished(pod)) return;
    assignment.applied = true;
    const spec = await this.#resolve(session, assignment);
    if (spec && session.assignments.get(uid) === assignment && assignment.deleting === undefined) {
      session.link.send({ type: 'pod.apply', pod: spec });
    }
  }

  /** The pod for the agent; a pod that cannot be kept fails, one whose configuration is missing is tried again. */
  async #resolve(session: Session, assignment: Assignment): Promise<Pod | undefined> {
    const { pool, log } = this.#options;
    const uid = assignment.pod.metadata!.uid!;
    try {
      return await agentPod(assignment.pod, pool.readConfig);
    } catch (error) {
      if (error instanceof UnsupportedPodError) {
        this.#queue.put(`pod/${uid}`, () =>
          pool.writeStatus(assignment.pod, failedStatus('UnsupportedPod', error.message)),
        );
        return undefined;
      }
      if (error instanceof MissingConfigError)
        this.#heard(session, uid, { report: this.#waitingForConfig(uid, error) });
      else log.warn({ err: error }, 'a pod could not be resolved');
      setTimeout(() => {
        assignment.applied = false;
        if (!session.closed.signal.aborted) void this.#assign(session, assignment.pod);
      }, configRetryMs).unref();
      return undefined;
    }
  }

  #waitingForConfig(uid: string, { message }: Error): PodStatus {
    const startedAt = this.#options.clock.now().toISOString();
    const state = { kind: 'waiting', reason: 'CreateContainerConfigError', message } as const;
    return { uid, phase: 'Pending', startedAt, restartCount: 0, state };
  }

  /** An agent speaks only for the pods of its own Node; what it says of others is not heard. */
  #heard(session: Session, uid: string, news: Pick<Assignment, 'gone'> | Pick<Assignment, 'report'>): void {
    const assignment = session.assignments.get(uid);
    if (!assignment) return;
    Object.assign(assignment, news);
    this.#write(session, assignment);
  }

  /** An agent is heard only on pods of its own Node, and only while their container runs. */
  #used({ nodeName, facts, assignments }: Session, usages: PodUsage[]): void {
    const { reports, clock } = this.#options;
    const once = new Map(usages.map((usage) => [usage.uid, usage]));
    const pods = [...once.values()].flatMap((told) => {
      const { pod, report } = assignments.get(told.uid) ?? {};
      return pod && report?.state.kind === 'running' ? [{ pod, startedAt: report.state.startedAt, told }] : [];
    });
    reports.used(nodeName, summaryOf({ nodeName, gpus: facts!.gpus, pods, at: clock.now() }));
  }

  #write(session: Session, assignment: Assignment): void {
    const { pool, kubelet, clock } = this.#options;
    this.#queue.put(`pod/${assignment.pod.metadata!.uid}`, async () => {
      if (this.#sessions.get(session.nodeName) !== session) return;
      const { pod, report, gone } = assignment;
      const text = JSON.stringify(report);
      if (report && text !== assignment.written && !isFinished(pod)) {
        await pool.writeStatus(pod, kubernetesStatus(pod, report, kubelet.host, clock.now()));
        assignment.written = text;
      }
      if (gone && pod.metadata?.deletionTimestamp) await pool.removePod(pod);
    });
  }

  /**
   * Looks after Nodes whose agent no bridge hears, whichever bridge had it: they are not ready, and pods on them that are
   * being deleted go when their grace is over, for nobody will confirm their end. If the agent returns, their containers
   * are orphans. A worker that is inactive loses its Node.
   */
  async #sweepOnce(): Promise<void> {
    const { pool, poolId, clock, log } = this.#options;
    try {
      const nodes = await pool.nodes(`${workerLabel},${poolLabel}=${poolId}`);
      const away = nodes.filter(({ metadata }) => !this.#sessions.has(metadata!.name!));
      const renewals = away.length > 0 ? await pool.renewals() : new Map<string, Date>();
      const now = clock.now();
      for (const node of away) {
        const name = node.metadata!.name!;
        const heardAt = renewals.get(name) ?? new Date(node.metadata!.creationTimestamp!);
        const silentMs = now.getTime() - heardAt.getTime();
        if (silentMs < this.#silenceMs || this.#sessions.has(name)) continue;
        if (silentMs > forgetAfterMs) await pool.deleteNode(name);
        else await this.#lose(node, now);
      }
    } catch (error) {
      log.warn({ err: error }, 'a sweep failed; the next one tries again');
    }
  }

  async #lose(node: V1Node, now: Date): Promise<void> {
    const { pool, log } = this.#options;
    const name = node.metadata!.name!;
    if (isReady(node)) {
      log.warn({ node: name }, 'an agent stays away');
      await pool.writeCondition(
        name,
        readyCondition(false, 'AgentGone', 'The agent has not been heard for 40 s.', now),
      );
    }
    for (const pod of this.#watch.pods()) {
      const { deletionTimestamp } = pod.metadata!;
      if (pod.spec?.nodeName !== name || !deletionTimestamp || new Date(deletionTimestamp) > now) continue;
      // One that the pool keeps for itself must not hold up the others.
      await pool.removePod(pod).catch((error) => log.warn({ err: error, node: name }, 'a pod could not be removed'));
    }
  }

  /** One agent at a time, or they would measure each other. */
  async #measure(session: Session, doubts = 0): Promise<void> {
    const { reports, log } = this.#options;
    const { workerId, closed } = session;
    const measured = this.#measuring.then(() => measureSpeed(session.link, closed.signal));
    this.#measuring = measured.catch(() => {});
    // One that never suffices must not keep the others waiting for their turn.
    let againMs = Math.min(doubtAgainMs * 2 ** doubts, measureAgainMs);
    let next = doubts + 1;
    try {
      const speed = await measured;
      if (speed.downMbps >= least.downMbps && speed.upMbps >= least.upMbps) [againMs, next] = [measureAgainMs, 0];
      log.info({ workerId, ...speed }, 'connection measured');
      reports.tell('worker.bandwidth', workerId, speed);
    } catch (error) {
      if (!closed.signal.aborted) log.warn({ err: error, workerId }, 'the connection could not be measured');
    }
    if (closed.signal.aborted) return;
    setTimeout(() => !closed.signal.aborted && void this.#measure(session, next), againMs).unref();
  }
}

function isReady(node: V1Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
