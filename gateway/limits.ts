/**
 * Rate limits, counted in Redis for all gateways together. While Redis is away each gateway counts for itself and lets
 * through a quarter: an outage makes the gate narrower, never open.
 */
import { isIPv6 } from 'node:net';
import { DomainError } from '@muster/common';
import type { NextFunction, Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { GatewayConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { mayHaveBody, onceOver } from './seen.ts';

const minute = 60;

export class Limit {
  #limiter: RateLimiterRedis;
  readonly name: string;
  readonly points: number;
  readonly seconds: number;

  constructor(redis: Redis, name: string, points: number, seconds: number) {
    this.name = name;
    this.points = points;
    this.seconds = seconds;
    const common = { keyPrefix: `limit:${name}`, duration: seconds };
    this.#limiter = new RateLimiterRedis({
      ...common,
      points,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory({ ...common, points: Math.max(1, Math.floor(points / 4)) }),
    });
  }

  /** Counts one; the answer tells whether it is over the limit. */
  async count(key: string): Promise<Counted> {
    try {
      return { limit: this, over: false, state: await this.#limiter.consume(key) };
    } catch (error) {
      if (error instanceof RateLimiterRes) return { limit: this, over: true, state: error };
      throw error;
    }
  }

  /** Forgets what was counted. */
  async reset(key: string): Promise<void> {
    await this.#limiter.delete(key);
  }
}

interface Counted {
  limit: Limit;
  over: boolean;
  state: RateLimiterRes;
}

export class Limits {
  #metrics: Metrics;
  #visitor: Limit;
  #actor: Limit;
  #writes: Limit;
  #mostOpen: number;
  /** How many each caller has open here; those with none are not kept. */
  #open = new Map<string, number>();
  readonly failures: Limit;
  readonly loginsOfAccount: Limit;
  readonly loginsOfAddress: Limit;
  readonly signups: Limit;

  constructor(redis: Redis, config: GatewayConfig, metrics: Metrics) {
    this.#metrics = metrics;
    this.#visitor = new Limit(redis, 'visitor', config.MUSTER_LIMIT_VISITOR, minute);
    this.#actor = new Limit(redis, 'actor', config.MUSTER_LIMIT_ACTOR, minute);
    this.#writes = new Limit(redis, 'writes', config.MUSTER_LIMIT_WRITES, minute);
    this.#mostOpen = config.MUSTER_LIMIT_OPEN;
    this.failures = new Limit(redis, 'failures', config.MUSTER_LIMIT_FAILURES, minute);
    this.loginsOfAccount = new Limit(redis, 'logins-account', config.MUSTER_LIMIT_LOGINS_ACCOUNT, 15 * minute);
    this.loginsOfAddress = new Limit(redis, 'logins-address', config.MUSTER_LIMIT_LOGINS_ADDRESS, 15 * minute);
    this.signups = new Limit(redis, 'signups', config.MUSTER_LIMIT_SIGNUPS, 60 * minute);
  }

  /** Counts an authenticated request or a visitor's; several counts travel to Redis together. */
  middleware = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const actor = request.seen.principal?.actor;
    const caller = actor?.id ?? networkOf(request.seen.address);
    const counts = [(actor ? this.#actor : this.#visitor).count(caller)];
    // Questions with a body count, too: they are worked out anew each time.
    if (actor && mayHaveBody(request)) counts.push(this.#writes.count(actor.organizationId));
    this.settle(response, await Promise.all(counts));
    this.#hold(caller, request, response);
    next();
  };

  /**
   * Counts what lasts until its connection or answer is closed: a rate alone lets whoever is patient hold any number.
   *
   * @throws DomainError `rate_limited` when the caller has too many open already
   */
  #hold(caller: string, request: Request, response: Response): void {
    const open = this.#open.get(caller) ?? 0;
    if (open >= this.#mostOpen) {
      this.#metrics.rateLimited.inc({ limit: 'open' });
      response.setHeader('Retry-After', 1);
      throw new DomainError('rate_limited', `${open} requests or streams of yours are open at once.`, {
        fix: 'Close some: every open tab, every followed log and every shell is one.',
      });
    }
    this.#open.set(caller, open + 1);
    onceOver(request, response, () => {
      const left = this.#open.get(caller)! - 1;
      if (left > 0) this.#open.set(caller, left);
      else this.#open.delete(caller);
    });
  }

  /**
   * Tells the caller where it stands (RateLimit headers of the IETF draft, and their older form).
   *
   * @throws DomainError `rate_limited` when one of the counts is over its limit
   */
  settle(response: Response, counts: Counted[]): void {
    const tightest = counts.reduce((a, b) => (standing(b) < standing(a) ? b : a));
    const { limit, over, state } = tightest;
    const reset = Math.ceil(state.msBeforeNext / 1000);
    response.setHeader('RateLimit-Policy', `"${limit.name}";q=${limit.points};w=${limit.seconds}`);
    response.setHeader('RateLimit', `"${limit.name}";r=${state.remainingPoints};t=${reset}`);
    response.setHeader('RateLimit-Limit', limit.points);
    response.setHeader('RateLimit-Remaining', state.remainingPoints);
    response.setHeader('RateLimit-Reset', reset);
    if (!over) return;
    response.setHeader('Retry-After', Math.max(1, reset));
    this.#metrics.rateLimited.inc({ limit: limit.name });
    throw new DomainError('rate_limited', 'Too many requests were sent.', { fix: `Wait ${Math.max(1, reset)} s.` });
  }
}

/** What is over its limit comes before everything else, then what is nearest to it. */
const standing = ({ over, limit, state }: Counted) => (over ? -1 : state.remainingPoints / limit.points);

/** An IPv6 customer has a whole /64, so that is what is counted. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
