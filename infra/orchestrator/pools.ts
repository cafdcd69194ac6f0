/** The pools that Postgres names, each followed; attached and detached while the process runs. */
import { setTimeout as delay } from 'node:timers/promises';
import { activePools, poolKubeconfig } from '@muster/workers';
import { Pool, type PoolOptions } from './pool.ts';

export type PoolsOptions = Omit<PoolOptions, 'poolId' | 'kubeconfig'> & { secretsKey: Buffer };

const lookMs = 5_000;

export class Pools {
  #options: PoolsOptions;
  #pools = new Map<string, Pool>();
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
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
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
          await pool.stop();
          log.info({ poolId }, 'a pool was detached');
        }
        await Promise.all([...wanted].filter((id) => !this.#pools.has(id)).map((id) => this.#open(id)));
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
    try {
      const kubeconfig = await poolKubeconfig(options.context.db, secretsKey, poolId);
      this.#pools.set(poolId, await Pool.start({ ...options, poolId, kubeconfig, log }));
      log.info('follows a pool');
    } catch (error) {
      log.warn({ err: error }, 'a pool cannot be followed');
    }
  }
}
