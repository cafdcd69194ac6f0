/** Cookie sessions: express-session in Redis. The cookie leads to a row of `customers`, which decides whether it is good. */
import { hkdfSync } from 'node:crypto';
import { DomainError } from '@muster/common';
import { sessionLifetimeMs } from '@muster/customers';
import { RedisStore } from 'connect-redis';
import { csrfSync } from 'csrf-sync';
import type { NextFunction, Request, Response } from 'express';
import session from 'express-session';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from './config.ts';
import { isChange, unavailable } from './seen.ts';

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

/** Synchronised tokens: other sites can make a browser send the cookie, but not this. */
export const csrfTokens = csrfSync({ size: 32 });

/** Whether other sites gain nothing by it: it takes JSON, which they cannot send, and no session lends it any right. */
const beginsSession = (request: Request) => request.path === '/v1/login' || request.path === '/v1/signup';

/** @throws DomainError `forbidden` for a change with a cookie that lacks the session's token */
export function csrf(request: Request, _response: Response, next: NextFunction): void {
  const needsToken = isChange(request) && request.seen.principal?.credential === 'session' && !beginsSession(request);
  if (needsToken && !csrfTokens.isRequestValid(request)) {
    throw new DomainError('forbidden', 'A change with a session needs its CSRF token.', {
      fix: 'Get it with GET /v1/csrf, and send it as X-CSRF-Token.',
    });
  }
  next();
}
