/**
 * A copy of some of a pool's objects that follows them: list, then watch from there. A watch that ends (a loaded API
 * server ends slow ones) goes on from the last version that came; only when that is too old is everything listed again.
 */
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { Logger } from '@muster/common';
import { isKubeError, type Kube } from './kube.ts';

interface Observed {
  metadata?: V1ObjectMeta;
}

export interface InformerOptions<T extends Observed> {
  kube: Kube;
  path: string;
  labelSelector?: string;
  log: Logger;
  /** Told of every change, after `objects` has it; `now` is undefined when the object is gone. */
  onChange(now: T | undefined, before: T | undefined): void;
}

const pageSize = 500;
/** A pool has at most 5,000 nodes, and few pods on each. */
const mostPages = 200;
/** The API server ends a watch after this long; it also bounds how long a silently dead connection is believed. */
const watchSeconds = 240;
const longestBackoffMs = 5_000;

export class Informer<T extends Observed> {
  /** By uid, so that an object and its successor of the same name are two. */
  #objects = new Map<string, T>();
  #version = '';
  #options: InformerOptions<T>;
  #abort = new AbortController();
  #running: Promise<void> | undefined;
  /** How often everything had to be listed. */
  lists = 0;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  /** Lists, and follows from then on. @throws KubeError or Error when the first list fails */
  async start(): Promise<void> {
    await this.#list();
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#version === '') await this.#list();
        await this.#watch();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (isKubeError(error, 410)) {
          this.#version = '';
          continue;
        }
        this.#options.log.warn({ err: error, path: this.#options.path }, 'a watch ended; it goes on');
        await delay(Math.min(100 * 2 ** failures++, longestBackoffMs), undefined, { signal }).catch(() => {});
      }
    }
  }

  async #list(): Promise<void> {
    this.lists++;
    const found = new Map<string, T>();
    let next: string | undefined;
    let version = '';
    let pages = 0;
    do {
      const page = await this.#options.kube.request<{
        items: T[];
        metadata: { resourceVersion: string; continue?: string };
      }>('GET', this.#options.path, {
        query: { labelSelector: this.#options.labelSelector, limit: pageSize, continue: next },
      });
      for (const item of page.items) found.set(item.metadata?.uid ?? '', item);
      version = page.metadata.resourceVersion;
      next = page.metadata.continue;
      pages += 1;
      if (pages > mostPages) throw new Error('a list of the pool does not end');
    } while (next);
    for (const [uid, before] of this.#objects) if (!found.has(uid)) this.#put(uid, undefined, before);
    for (const [uid, item] of found) {
      if (this.#objects.get(uid)?.metadata?.resourceVersion !== item.metadata?.resourceVersion) this.#put(uid, item);
    }
    this.#version = version;
  }

  async #watch(): Promise<void> {
    const { kube, path, labelSelector } = this.#options;
    const query = {
      watch: true,
      labelSelector,
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      timeoutSeconds: watchSeconds,
    };
    const stream = await kube.open(path, query, this.#abort.signal);
    const silence = setTimeout(() => stream.destroy(new Error('the watch is silent')), (watchSeconds + 30) * 1_000);
    try {
      for await (const line of linesOf(stream)) if (line !== '') this.#take(JSON.parse(line) as WatchEvent<T>);
    } finally {
      clearTimeout(silence);
      stream.destroy();
    }
  }

  #take({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') {
      const { code, message } = object as { code?: number; message?: string };
      if (code === 410) this.#version = '';
      throw new Error(`the watch ended: ${message}`);
    }
    this.#version = object.metadata?.resourceVersion ?? this.#version;
    if (type === 'BOOKMARK') return;
    this.#put(object.metadata?.uid ?? '', type === 'DELETED' ? undefined : object);
  }

  #put(uid: string, now: T | undefined, before = this.#objects.get(uid)): void {
    if (now) {
      delete now.metadata?.managedFields;
      this.#objects.set(uid, now);
    } else this.#objects.delete(uid);
    if (now || before) this.#options.onChange(now, before);
  }
}

/** Larger than any object that etcd takes. */
const longestLine = 8 * 1024 * 1024;

/** Whole lines, as they come. @throws Error when one does not end */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) throw new Error('an event of the pool is too large');
    yield* lines;
  }
}

interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}
