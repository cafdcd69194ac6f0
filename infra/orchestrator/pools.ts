/** The pools that Postgres names, each followed; attached and detached while the process runs. */
import { setTimeout as delay } from 'node:timers/promises';
import { activePools, poolKubeconfig } from '@muster/workers';
import { Pool, type PoolOptions } from './pool.ts';

export type PoolsOptions = Omit<PoolOptions, 'poolId' | 'kubeconfig'> & { secretsKey: Buffer };

const lookMs = 5_000;

export class Pools {
  #options: PoolsOptions;
  #pools = new Map<string, Pool>();
  /** Pools whose API server is asked for the first time: a supplier's may take as long as it likes. */
  #opening = new Set<string>();
  /** Pools that are let go. */
  #leaving = new Set<Promise<void>>();
  #abort = new AbortController();
  #running: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(options: PoolsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await Promise.all([...this.#leaving, ...[...this.#pools.values()].map((pool) => pool.stop())]);
    this.#pools.clear();
  }

  /** @throws Error when the list of pools could not be read lately */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** The pool of this id, when it is followed. */
  get(poolId: string): Pool | undefined {
    return this.#pools.get(poolId);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    const { context, log } = this.#options;
    while (!signal.aborted) {
      try {
        const wanted = new Set((await activePools(context.db)).map(({ id }) => id));
        for (const [poolId, pool] of this.#pools) {
          if (wanted.has(poolId)) continue;
          this.#pools.delete(poolId);
          this.#leave(pool);
          log.info({ poolId }, 'a pool was detached');
        }
        for (const id of wanted) if (!this.#pools.has(id) && !this.#opening.has(id)) void this.#open(id);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error as Error;
        log.warn({ err: error }, 'the list of pools could not be read');
      }
      await delay(lookMs, undefined, { signal }).catch(() => {});
    }
  }

  /** A pool that cannot be reached holds up no other: it is tried again at the next look. */
  async #open(poolId: string): Promise<void> {
    const { secretsKey, ...options } = this.#options;
    const log = options.log.child({ poolId });
    this.#opening.add(poolId);
    try {
      const kubeconfig = await poolKubeconfig(options.context.db, secretsKey, poolId);
      const pool = await Pool.start({ ...options, poolId, kubeconfig, log });
      if (this.#abort.signal.aborted) return await pool.stop();
      this.#pools.set(poolId, pool);
      log.info('follows a pool');
    } catch (error) {
      log.warn({ err: error }, 'a pool cannot be followed');
    } finally {
      this.#opening.delete(poolId);
    }
  }

  #leave(pool: Pool): void {
    const left = pool
      .stop()
      .catch((error) => this.#options.log.warn({ err: error }, 'a pool was not let go in good order'))
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}
