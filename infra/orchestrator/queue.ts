/** Work by key: one at a time for each key, a bounded number in all, and calls that came while it waited are one run. */
export class KeyedQueue {
  #run: (key: string) => Promise<void>;
  #limit: number;
  /** The run of each key that has not begun yet: whoever asks now is served by it. */
  #waiting = new Map<string, { done: Promise<void>; begin(): void }>();
  #active = new Set<string>();

  constructor(limit: number, run: (key: string) => Promise<void>) {
    this.#limit = limit;
    this.#run = run;
  }

  /** Settles as a run does that began after this call. */
  add(key: string): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting) return waiting.done;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = promise.then(() => this.#run(key)).finally(() => this.#finish(key));
    this.#waiting.set(key, { done, begin: resolve });
    this.#start();
    return done;
  }

  #start(): void {
    for (const [key, { begin }] of this.#waiting) {
      if (this.#active.size >= this.#limit) return;
      if (this.#active.has(key)) continue;
      this.#waiting.delete(key);
      this.#active.add(key);
      begin();
    }
  }

  #finish(key: string): void {
    this.#active.delete(key);
    this.#start();
  }
}
