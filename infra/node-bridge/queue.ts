/** Work by key, where only the newest counts: in turn for one key, a bounded number at once over all, tried until it holds. */
import type { Logger } from '@muster/common';

export type Work = () => Promise<void>;

interface Slot {
  next: Work | undefined;
  failures: number;
  running: boolean;
  retry: NodeJS.Timeout | undefined;
}

const longestRetryMs = 30_000;

export class LatestQueue {
  #slots = new Map<string, Slot>();
  #ready: string[] = [];
  #active = 0;
  #concurrency: number;
  #log: Logger;
  #stopped = false;

  constructor(concurrency: number, log: Logger) {
    this.#concurrency = concurrency;
    this.#log = log;
  }

  /** Does `work` soon, in place of what still waits under the key; a failure is tried again, later each time. */
  put(key: string, work: Work): void {
    if (this.#stopped) return;
    const slot = this.#slots.get(key) ?? { next: undefined, failures: 0, running: false, retry: undefined };
    this.#slots.set(key, slot);
    const waits = slot.next !== undefined || slot.running;
    slot.next = work;
    if (!waits) this.#enqueue(key);
  }

  /** Forgets what waits; what runs ends by itself. */
  stop(): void {
    this.#stopped = true;
    for (const { retry } of this.#slots.values()) clearTimeout(retry);
    this.#slots.clear();
    this.#ready = [];
  }

  #enqueue(key: string): void {
    this.#ready.push(key);
    while (this.#active < this.#concurrency && this.#ready.length > 0) void this.#run(this.#ready.shift()!);
  }

  async #run(key: string): Promise<void> {
    const slot = this.#slots.get(key);
    const work = slot?.next;
    if (!slot || !work) return;
    this.#active += 1;
    slot.running = true;
    slot.next = undefined;
    try {
      await work();
      slot.failures = 0;
    } catch (error) {
      slot.failures += 1;
      slot.next ??= work;
      this.#log.warn({ err: error, key, failures: slot.failures }, 'a write failed and will be tried again');
    }
    slot.running = false;
    this.#active -= 1;
    if (!slot.next) this.#slots.delete(key);
    else if (slot.failures === 0) this.#ready.push(key);
    else {
      const delayMs = Math.min(200 * 2 ** slot.failures, longestRetryMs);
      slot.retry = setTimeout(() => this.#enqueue(key), delayMs);
    }
    if (!this.#stopped)
      while (this.#active < this.#concurrency && this.#ready.length > 0) void this.#run(this.#ready.shift()!);
  }
}
