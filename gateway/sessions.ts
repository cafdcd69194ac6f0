/** Cookie sessions: express-session in Redis. The cookie leads to a row of `customers`, which decides whether it is good. */
import { hkdfSync } from 'node:crypto';
import { sessionLifetimeMs } from '@muster/customers';
import { RedisStore } from 'connect-redis';
import { csrfSync } from 'csrf-sync';
import type { NextFunction, Request, Response } from 'express';
import session from 'express-session';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from './config.ts';
import { unavailable } from './seen.ts';

export const sessionCookie = 'muster.sid';

export function hasSessionCookie(request: Request): boolean {
  return request.headers.cookie?.includes(`${sessionCookie}=`) ?? false;
}

/** @throws DomainError `unavailable` by `next` while Redis is away */
export function sessions(redis: Redis, config: GatewayConfig) {
  const load = session({
    // The session's end is fixed when it begins, so reading it need not write.
    store: new RedisStore({ client: redis, prefix: 'session:', disableTouch: true }),
    name: sessionCookie,
    secret: Buffer.from(hkdfSync('sha256', config.MUSTER_SESSION_SECRET, '', 'muster session cookie', 32)).toString(
      'hex',
    ),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: sessionLifetimeMs },
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    const fail = (cause?: unknown) =>
      next(unavailable('Sessions cannot be read just now.', 'Use an API key, or try again in a few seconds.', cause));
    if (redis.status !== 'ready') fail();
    else load(request, response, (error?: unknown) => (error ? fail(error) : next()));
  };
}

/** Synchronised tokens for requests whose credential is a cookie: other sites can make a browser send it. */
export const csrf = csrfSync({
  size: 32,
  skipCsrfProtection: (request: Request) => request.seen.principal?.credential !== 'session',
});
