/** The agent: keeps this machine's pods, and a connection to the platform that always comes back. */
import { addAbortListener } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Logger } from '@muster/common';
import { WebSocket } from 'ws';
import { Engine, type EngineInfo } from './engine.ts';
import { gpuHandle } from './gpus.ts';
import { createKeyAndRequest, type Identity, renewalTime, saveIdentity } from './identity.ts';
import { Pods } from './pods.ts';
import { connectPath, type Facts, type Gpu, maxFrameBytes } from './protocol.ts';
import { Session } from './session.ts';

export interface AgentOptions {
  identity: Identity;
  engineInfo: EngineInfo;
  facts: Facts;
  /** The state folder. */
  folder: string;
  /** Label of the containers, so that who started the agent finds them. */
  stack?: string;
  clock: Clock;
  log: Logger;
  /** In [0, 1): spreads reconnects. */
  random: () => number;
}

const renewalRetryMs = 3_600_000;

export class Agent {
  #options: AgentOptions;
  #pods: Pods;
  #engine: Engine;
  #gpus: ReadonlyMap<string, Gpu>;
  #identity: Identity;
  #session: Session | undefined;
  #failures = 0;
  /** The key of a certificate request under way, and when it was sent. */
  #renewal: { key: string; askedAt: number } | undefined;

  constructor(options: AgentOptions) {
    const { identity, engineInfo, folder, clock, log, facts, stack } = options;
    this.#options = options;
    this.#identity = identity;
    this.#engine = new Engine(engineInfo, { workerId: identity.workerId, ...(stack && { stack }) });
    this.#gpus = new Map(facts.gpus.map((gpu) => [gpuHandle(engineInfo.name, gpu), gpu]));
    this.#pods = new Pods({
      engine: this.#engine,
      folder,
      gpus: [...this.#gpus.keys()],
      clock,
      log,
      onStatus: (status) => this.#session?.send({ type: 'pod.status', status }),
      onGone: (uid) => this.#session?.send({ type: 'pod.gone', uid }),
    });
  }

  /** Adopts what runs, then stays connected until `signal` aborts. Containers stay as they are. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, random } = this.#options;
    await this.#pods.start();
    signal.addEventListener('abort', () => this.#session?.close(), { once: true });
    while (!signal.aborted) {
      const why = await this.#connect(signal);
      if (signal.aborted) break;
      const delayMs = reconnectDelayMs(this.#failures++, random());
      log.warn({ why, delayMs }, 'not connected');
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
    this.#pods.stop();
  }

  /** Ends every pod gracefully and takes no more; resolves when no container is left. */
  async drain(): Promise<void> {
    this.#session?.send({ type: 'draining' });
    await this.#pods.drain('Drained', 'The owner of the worker took it out of service.');
  }

  async #connect(signal: AbortSignal): Promise<string> {
    const { clock, log, folder, facts } = this.#options;
    const { caCertificate, certificate, key, connectUrl } = this.#identity;
    const socket = new WebSocket(new URL(connectPath, connectUrl), {
      ca: caCertificate,
      cert: certificate,
      key,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
    });
    const hangUp = addAbortListener(signal, () => socket.terminate());
    const failure = await new Promise<Error | undefined>((resolve) => {
      socket.once('open', () => resolve(undefined)).on('error', resolve);
    });
    hangUp[Symbol.dispose]();
    if (failure) return failure.message;
    this.#session = new Session(socket, {
      engine: this.#engine,
      pods: this.#pods,
      facts,
      gpus: this.#gpus,
      folder,
      clock,
      log,
      onWelcome: (workerId) => {
        this.#failures = 0;
        log.info({ workerId }, 'connected');
      },
      renewal: () => this.#renewalRequest(),
      onCertificate: (fresh) => this.#renewed(fresh),
    });
    return this.#session.serve().finally(() => {
      this.#session = undefined;
    });
  }

  async #renewalRequest(): Promise<string | undefined> {
    const now = this.#options.clock.now();
    if (now < renewalTime(this.#identity.certificate)) return undefined;
    if (this.#renewal && now.getTime() - this.#renewal.askedAt < renewalRetryMs) return undefined;
    const { key, csr } = await createKeyAndRequest(this.#options.facts.hostname);
    this.#renewal = { key, askedAt: now.getTime() };
    return csr;
  }

  async #renewed(certificate: string): Promise<void> {
    if (!this.#renewal) return;
    this.#identity = { ...this.#identity, key: this.#renewal.key, certificate };
    this.#renewal = undefined;
    await saveIdentity(this.#options.folder, this.#identity);
    this.#options.log.info({ renewAt: renewalTime(certificate) }, 'certificate renewed');
  }
}

/** A worker is down after 40 s of silence: an outage of a moment must not be made one by waiting longer than that. */
const longestReconnectMs = 15_000;

/** Full jitter between 0.2 s and 1, 2, 4, … 15 s: a bridge that comes back is not met by every agent at once. */
export function reconnectDelayMs(failures: number, random: number): number {
  return 200 + Math.round(random * Math.min(longestReconnectMs, 1_000 * 2 ** Math.min(failures, 10)));
}
