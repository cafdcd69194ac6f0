/**
 * Keeps the pods of this worker: what is asked for lies on disk, what runs is read from the engine, and a pass brings
 * the second to the first. Killing the agent at any line loses nothing; containers run on and are found again.
 */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Logger } from '@muster/common';
import { z } from 'zod';
import type { Container, Engine } from './engine.ts';
import { writeWhole } from './identity.ts';
import { backoffMs, nextStep, type PodMemory, type PodRecord, type Step, statusOf } from './lifecycle.ts';
import { type Pod, type PodStatus, podSchema } from './protocol.ts';

export interface PodsOptions {
  engine: Engine;
  /** The agent's state folder. */
  folder: string;
  /** What the engine calls the machine's GPUs. */
  gpus: string[];
  clock: Clock;
  log: Logger;
  onStatus(status: PodStatus): void;
  onGone(uid: string): void;
}

interface Entry {
  record: PodRecord;
  memory: PodMemory;
  /** The step under way, and how to break it off. */
  busy?: AbortController;
  /** GPUs given to a container that is being made, so that no other takes them. */
  claimed: string[];
  reported?: string;
}

/** The engine tells of changes; this finds what it did not tell. */
const passEveryMs = 5_000;
const nudgeMs = 50;

export class Pods {
  #options: PodsOptions;
  #entries = new Map<string, Entry>();
  #containers: Container[] = [];
  #readings = 0;
  /** The reading that `#containers` is of. */
  #reading = 0;
  #stopWatch: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;
  #passing = false;
  #again = false;
  #stopped = false;

  constructor(options: PodsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Reads the pods of an earlier process and adopts their containers. */
  async start(): Promise<void> {
    for (const file of await readdir(this.#podsFolder)) {
      if (!file.endsWith('.json')) continue;
      const record = recordSchema.parse(JSON.parse(await readFile(join(this.#podsFolder, file), 'utf8')));
      this.#entries.set(record.pod.uid, { record, memory: { failures: 0 }, claimed: [] });
    }
    this.#stopWatch = this.#options.engine.watch(() => this.#passIn(nudgeMs));
    await this.#pass();
  }

  /** Leaves every container as it is. */
  stop(): void {
    this.#stopped = true;
    this.#stopWatch?.();
    clearTimeout(this.#timer);
    for (const { busy } of this.#entries.values()) busy?.abort();
  }

  /** Takes a pod; one that is here already stays as it is. */
  async apply(pod: Pod): Promise<void> {
    if (this.#entries.has(pod.uid)) return;
    const record: PodRecord = { pod, acceptedAt: this.#options.clock.now(), attempts: 0 };
    this.#entries.set(pod.uid, { record, memory: { failures: 0 }, claimed: [] });
    await this.#save(record);
    this.#passIn(0);
  }

  /** Ends a pod and removes all of it; `onGone` tells when, also for one that was never here. */
  async delete(uid: string, graceSeconds: number): Promise<void> {
    const entry = this.#entries.get(uid);
    if (!entry) {
      for (const { id } of this.#containersOf(uid)) await this.#options.engine.remove(id);
      this.#options.onGone(uid);
      return;
    }
    const { deletion } = entry.record;
    if (deletion && deletion.graceSeconds <= graceSeconds) return;
    entry.record.deletion = { graceSeconds };
    entry.busy?.abort();
    await this.#save(entry.record);
    this.#passIn(0);
  }

  /** The platform knows these pods and no others: everything else that this worker has is removed. */
  async keepOnly(uids: string[]): Promise<void> {
    const known = new Set(uids);
    for (const uid of this.#entries.keys()) if (!known.has(uid)) await this.delete(uid, 0);
    const orphans = (await this.#options.engine.list()).filter(
      ({ podUid }) => !known.has(podUid) && !this.#entries.has(podUid),
    );
    for (const { id, podUid } of orphans) {
      this.#options.log.warn({ podUid, container: id }, 'removing a container of an unknown pod');
      await this.#options.engine.remove(id);
    }
  }

  /** Ends every pod with its own grace, and resolves when no container is left. */
  async drain(reason: string, message: string): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (entry.record.deletion || entry.record.ended) continue;
      entry.busy?.abort();
      entry.record.ended = { reason, message };
      await this.#save(entry.record);
    }
    while ((await this.#options.engine.list()).length > 0) {
      this.#passIn(0);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Every pod's status again, after a reconnect. */
  reportAll(): void {
    for (const entry of this.#entries.values()) entry.reported = undefined;
    this.#report();
  }

  /** Every container of this worker, as last read. */
  get containers(): readonly Container[] {
    return this.#containers;
  }

  /** The container whose logs or shell someone asks for; `previous` is the attempt before the newest. */
  container(uid: string, previous = false): Container | undefined {
    const own = this.#containersOf(uid).toSorted((a, b) => b.attempt - a.attempt);
    return own[previous ? 1 : 0];
  }

  #containersOf(uid: string): Container[] {
    return this.#containers.filter(({ podUid }) => podUid === uid);
  }

  get #podsFolder(): string {
    return join(this.#options.folder, 'pods');
  }

  #volumesFolder(uid: string): string {
    return join(this.#options.folder, 'volumes', uid);
  }

  #save(record: PodRecord): Promise<void> {
    return writeWhole(join(this.#podsFolder, `${record.pod.uid}.json`), JSON.stringify(record));
  }

  #passIn(ms: number): void {
    if (this.#stopped) return;
    const at = Date.now() + ms;
    if (this.#timer && this.#timerAt <= at) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#pass();
    }, ms);
  }

  async #pass(): Promise<void> {
    if (this.#passing) {
      this.#again = true;
      return;
    }
    this.#passing = true;
    try {
      await this.#refresh();
      if (this.#stopped) return;
      for (const entry of this.#entries.values()) if (!entry.busy) this.#begin(entry);
      this.#report();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the container engine cannot be read');
    } finally {
      this.#passing = false;
      this.#passIn(this.#again ? nudgeMs : passEveryMs);
      this.#again = false;
    }
  }

  /** Reads the engine. A reading that began later wins, so no step ever sees the past of an earlier one. */
  async #refresh(): Promise<void> {
    this.#readings += 1;
    const reading = this.#readings;
    const containers = await this.#options.engine.list();
    if (reading < this.#reading) return;
    this.#reading = reading;
    this.#containers = containers;
  }

  #begin(entry: Entry): void {
    const { record, memory } = entry;
    const now = this.#options.clock.now();
    const step = nextStep(record, this.#containersOf(record.pod.uid), memory, now);
    if (step.kind === 'none') return;
    if (step.kind === 'wait') {
      this.#passIn(step.until.getTime() - now.getTime());
      return;
    }
    const busy = new AbortController();
    entry.busy = busy;
    const { signal } = busy;
    void this.#take(entry, step, signal)
      .then(
        () => 0,
        (error) => {
          if (signal.aborted) return 0;
          this.#options.log.error({ err: error, podUid: record.pod.uid, step: step.kind }, 'a step failed');
          this.#failed(memory, 'CreateContainerError', error);
          return passEveryMs;
        },
      )
      .then((againInMs) => {
        entry.busy = undefined;
        this.#passIn(againInMs);
      });
  }

  async #take(entry: Entry, step: Exclude<Step, { kind: 'none' | 'wait' }>, signal: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    const { record, memory } = entry;
    const { pod } = record;
    switch (step.kind) {
      case 'create':
        return this.#create(entry, step.attempt, signal);
      case 'start':
        try {
          await engine.start(step.container.id);
          memory.failures = 0;
          memory.retryAt = undefined;
        } catch (error) {
          memory.startError = {
            attempt: step.container.attempt,
            message: sentence(error),
            at: this.#options.clock.now(),
          };
        }
        return;
      case 'end': {
        record.ended = { reason: step.reason, message: step.message };
        await this.#save(record);
        await this.#removeContainers(pod.uid, pod.graceSeconds, signal);
        return;
      }
      case 'remove': {
        await this.#removeContainers(pod.uid, step.graceSeconds, signal);
        if (signal.aborted) return;
        await rm(this.#volumesFolder(pod.uid), { recursive: true, force: true });
        await engine.removeNetwork(pod.namespace);
        await rm(join(this.#podsFolder, `${pod.uid}.json`), { force: true });
        this.#entries.delete(pod.uid);
        this.#options.onGone(pod.uid);
        return;
      }
    }
  }

  /** Stops and removes; what the containers came to is reported in between. Aborted when the grace gets shorter. */
  async #removeContainers(uid: string, graceSeconds: number, signal: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    const own = this.#containersOf(uid);
    const stopping = Promise.all(
      own.filter(({ state }) => state === 'running').map(({ id }) => engine.stop(id, graceSeconds)),
    );
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([stopping, aborted]);
    if (signal.aborted) return void stopping.catch(() => {});
    await this.#refresh();
    this.#report();
    for (const { id } of this.#containersOf(uid)) await engine.remove(id);
  }

  async #create(entry: Entry, attempt: number, signal: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    const { record, memory } = entry;
    const { pod } = record;
    const image = await this.#image(pod, memory, signal);
    if (!image || signal.aborted) return;
    if (pod.container.nonRoot && !pod.container.user && !isNonRootUser(image.user)) {
      const message = 'The image runs as root and the pod must not: set runAsUser, or a numeric USER in the image.';
      return this.#failed(memory, 'CreateContainerConfigError', new Error(message));
    }
    const gpus = this.#claim(entry, pod.container.gpus);
    if (!gpus) {
      return this.#failed(memory, 'WaitingForDevices', new Error('The devices are still held by another pod.'));
    }
    try {
      memory.waiting = { reason: 'ContainerCreating' };
      const volumes = await this.#makeVolumes(pod);
      const id = await engine.create({ pod, attempt, gpus, volumes });
      await this.#refresh();
      record.attempts = attempt + 1;
      await this.#save(record);
      memory.waiting = undefined;
      await this.#prune(pod.uid, attempt);
      if (signal.aborted) return;
      const container = this.#containers.find((one) => one.id === id);
      if (container) await this.#take(entry, { kind: 'start', container }, signal);
    } finally {
      entry.claimed = [];
    }
  }

  /** Finds or pulls the image; says in `memory` why there is none. */
  async #image(pod: Pod, memory: PodMemory, signal: AbortSignal) {
    const { engine } = this.#options;
    const { image, pullPolicy } = pod.container;
    const here = await engine.image(image);
    const local = image.startsWith('localhost/');
    if (here && (pullPolicy !== 'Always' || local)) return here;
    if (local || pullPolicy === 'Never') {
      this.#failed(memory, 'ErrImageNeverPull', new Error(`${image} is not on this worker and may not be pulled.`));
      return undefined;
    }
    try {
      memory.waiting = { reason: 'Pulling', message: `Pulling ${image}` };
      this.#report();
      let toldAt = 0;
      await engine.pull(
        image,
        (line) => {
          if (Date.now() - toldAt < 1_000) return;
          toldAt = Date.now();
          memory.waiting = { reason: 'Pulling', message: line.slice(0, 500) };
          this.#report();
        },
        signal,
      );
      return await engine.image(image);
    } catch (error) {
      if (!signal.aborted) this.#failed(memory, memory.failures === 0 ? 'ErrImagePull' : 'ImagePullBackOff', error);
      return undefined;
    }
  }

  /** Notes a try that failed before a container ran; the next is later each time. */
  #failed(memory: PodMemory, reason: string, error: unknown): void {
    memory.failures += 1;
    memory.waiting = { reason, message: sentence(error) };
    memory.retryAt = new Date(this.#options.clock.now().getTime() + backoffMs(memory.failures));
    this.#report();
  }

  /** Free GPUs for a pod, or undefined when there are too few. */
  #claim(entry: Entry, wanted: number): string[] | undefined {
    const held = new Set([
      ...this.#containers.filter(({ state }) => state !== 'exited').flatMap(({ gpus }) => gpus),
      ...[...this.#entries.values()].flatMap(({ claimed }) => claimed),
    ]);
    const free = this.#options.gpus.filter((gpu) => !held.has(gpu));
    if (free.length < wanted) return undefined;
    entry.claimed = free.slice(0, wanted);
    return entry.claimed;
  }

  /** The pod's volumes as folders of this machine; a second container of the pod finds them as the first left them. */
  async #makeVolumes(pod: Pod): Promise<Map<string, string>> {
    const folders = new Map<string, string>();
    for (const volume of pod.volumes) {
      const folder = join(this.#volumesFolder(pod.uid), volume.name);
      folders.set(volume.name, folder);
      await mkdir(folder, { recursive: true });
      // Whoever the container runs as shall write here, and nobody else gets past the state folder (0700).
      if (volume.kind === 'empty') await chmod(folder, 0o1777);
      else
        for (const { path, base64, mode } of volume.files) {
          await mkdir(dirname(join(folder, path)), { recursive: true });
          await writeFile(join(folder, path), Buffer.from(base64, 'base64'));
          await chmod(join(folder, path), mode);
        }
    }
    return folders;
  }

  /** Keeps the newest container and the one before it, whose logs may still be asked for. */
  async #prune(uid: string, attempt: number): Promise<void> {
    const old = this.#containersOf(uid).filter((container) => container.attempt < attempt - 1);
    for (const { id } of old) await this.#options.engine.remove(id);
  }

  #report(): void {
    for (const entry of this.#entries.values()) {
      const containers = this.#containersOf(entry.record.pod.uid);
      // It is being deleted and they were removed on purpose: how they ended has been told.
      if (entry.record.deletion && containers.length === 0 && entry.reported !== undefined) continue;
      const status = statusOf(entry.record, containers, entry.memory);
      const text = JSON.stringify(status);
      if (text === entry.reported) continue;
      entry.reported = text;
      this.#options.onStatus(status);
    }
  }
}

const recordSchema: z.ZodType<PodRecord> = z.object({
  pod: podSchema,
  acceptedAt: z.coerce.date(),
  attempts: z.int(),
  deletion: z.object({ graceSeconds: z.int() }).optional(),
  ended: z.object({ reason: z.string(), message: z.string() }).optional(),
});

/** Only a numeric user other than 0 is known not to be root: a name means whatever the image's own passwd says. */
function isNonRootUser(user: string): boolean {
  return /^\d+(:\d+)?$/.test(user) && Number.parseInt(user, 10) !== 0;
}

function sentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1500);
}
