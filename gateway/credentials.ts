/** The routes that the gateway answers itself: signing up, in and out, passwords, CSRF tokens, access tokens, and the organization of a session. */
import { createHash } from 'node:crypto';
import { parseRequest } from '@muster/api-http';
import { DomainError, isDomainError } from '@muster/common';
import { publicApi, type RouteDefinition } from '@muster/contract';
import { changePassword, me, openSession, revokeSession, signUp, switchOrganization } from '@muster/customers';
import type { Context } from '@muster/db';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { Audit } from './audit.ts';
import type { Authentication } from './authentication.ts';
import { type Limits, networkOf } from './limits.ts';
import type { Metrics } from './metrics.ts';
import type { Principals } from './principals.ts';
import { isChange, type Principal } from './seen.ts';
import { csrfTokens, hasSessionCookie, sessionCookie } from './sessions.ts';
import { issueAccessToken } from './tokens.ts';

const contract = publicApi.routes.account;

/** Their paths, with the methods that each takes. */
export const credentialRoutes: Record<string, string> = {
  '/v1/signup': 'POST',
  '/v1/login': 'POST',
  '/v1/logout': 'POST',
  '/v1/password': 'POST',
  '/v1/csrf': 'GET',
  '/v1/tokens': 'POST',
  '/v1/session/organization': 'POST',
};

export interface CredentialParts {
  context: Context;
  principals: Principals;
  authentication: Authentication;
  limits: Limits;
  audit: Audit;
  metrics: Metrics;
  accessTokenKey: Buffer;
}

export function credentials(parts: CredentialParts): Router {
  const { context, principals, authentication, limits, audit, metrics } = parts;
  const router = Router();
  const audited = audit.middleware;
  router.use('/v1', (request, _response, next) => {
    const method = credentialRoutes[`/v1${request.path}`];
    if (request.method === method || (method === 'GET' && request.method === 'HEAD')) return next();
    throw new DomainError('method_not_allowed', `${request.path} takes ${method}.`);
  });
  router.use(onlyJson, express.json({ limit: '1mb' }));

  /** Opens a session for the person, in the cookie and in `customers`. */
  const begin = async (request: Request, response: Response, personId: string): Promise<void> => {
    // The cookie's old session is loaded so that it ends with the new one's beginning.
    await authentication.session(request, response);
    const before = request.seen.principal;
    if (before) await end(before);
    const { session, actor } = await openSession(context, {
      personId,
      ip: request.seen.address,
      userAgent: request.headers['user-agent'] ?? '',
    });
    const principal: Principal = { actor, credential: 'session', credentialId: session.id };
    request.seen.principal = principal;
    // Before the cookie is given: a login that cannot be audited is worth nothing.
    await audit.accepted(request);
    await authentication.begin(request, principal);
    response.json(await me(context, actor));
  };

  /** Ends the session that a principal stands for; an API key stands for none. */
  const end = async ({ actor, credentialId }: Principal): Promise<void> => {
    if (!credentialId.startsWith('ses_')) return;
    principals.forget(credentialId);
    try {
      await revokeSession(context, actor, credentialId);
    } catch (error) {
      // Ended elsewhere in the meantime
      if (!isDomainError(error, 'not_found')) throw error;
    }
  };

  /** Counts a try of an account's password; one that is right is no longer held against the account. */
  const tryPassword = async <T>(
    request: Request,
    response: Response,
    email: string,
    attempt: () => Promise<T>,
  ): Promise<T> => {
    // A hash, so that no address of a person stands in Redis.
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest('base64url');
    limits.settle(
      response,
      await Promise.all([
        limits.loginsOfAccount.count(account),
        limits.loginsOfAddress.count(networkOf(request.seen.address)),
      ]),
    );
    const right = await attempt().catch((error: unknown) => {
      if (isDomainError(error, 'unauthenticated')) metrics.authenticationFailures.inc({ credential: 'password' });
      throw error;
    });
    await limits.loginsOfAccount.reset(account).catch(() => {});
    return right;
  };

  router.post('/v1/signup', audited, async (request, response) => {
    const { body: input } = parse(contract.signUp, request);
    limits.settle(response, [await limits.signups.count(networkOf(request.seen.address))]);
    const { person } = await signUp(context, input);
    response.status(201);
    await begin(request, response, person.id);
  });

  router.post('/v1/login', async (request, response) => {
    const { email } = parse(contract.login, request).body;
    const { personId } = await tryPassword(request, response, email, () => authentication.login(request, response));
    await begin(request, response, personId);
  });

  router.post('/v1/logout', audited, async (request, response) => {
    parse(contract.logout, request);
    const principal = signedIn(request);
    await end(principal);
    if (principal.credential === 'session') {
      await new Promise<void>((resolve, reject) => {
        request.session.destroy((error?: unknown) => (error ? reject(error) : resolve()));
      });
      response.clearCookie(sessionCookie);
    }
    response.status(204).end();
  });

  router.post('/v1/password', audited, async (request, response) => {
    const { body } = parse(contract.changePassword, request);
    const { actor, credential, credentialId } = signedIn(request);
    if (credential !== 'session') {
      throw new DomainError('forbidden', 'Only a session can change a password.', { fix: 'Log in first.' });
    }
    const { person } = await me(context, actor);
    const ended = await tryPassword(request, response, person!.email, () =>
      changePassword(context, actor, { ...body, sessionId: credentialId }),
    );
    for (const sessionId of ended) principals.forget(sessionId);
    response.status(204).end();
  });

  router.get('/v1/csrf', (request, response) => {
    parse(contract.csrf, request);
    // A visitor's changes carry no cookie and need no token: an empty one keeps it from beginning a session.
    const csrfToken = request.seen.principal?.credential === 'session' ? csrfTokens.generateToken(request) : '';
    response.set('cache-control', 'no-store').json({ csrfToken });
  });

  router.post('/v1/tokens', audited, async (request, response) => {
    parse(contract.token, request);
    const principal = signedIn(request);
    if (principal.credential === 'access_token') {
      throw new DomainError('forbidden', 'An access token does not make another.', {
        fix: 'Use the session or API key that it was made with.',
      });
    }
    const issued = await issueAccessToken(context, parts.accessTokenKey, principal.credentialId);
    response.status(201).set('cache-control', 'no-store').json(issued);
  });

  router.post('/v1/session/organization', audited, async (request, response) => {
    const { organizationId } = parse(contract.switchOrganization, request).body;
    const { actor, credential, credentialId } = signedIn(request);
    if (credential !== 'session') {
      throw new DomainError('forbidden', 'Only a session can act for another organization.', {
        fix: 'Make an API key in that organization.',
      });
    }
    const switched = await switchOrganization(context, actor, { sessionId: credentialId, organizationId });
    principals.forget(credentialId);
    // A page that is still open for the former organization cannot change anything in this one: its token is of no use.
    csrfTokens.generateToken(request, true);
    response.json(await me(context, switched));
  });

  return router;
}

function onlyJson(request: Request, _response: Response, next: NextFunction): void {
  const hasBody = request.headers['content-length'] !== '0' && request.headers['content-type'] !== undefined;
  if (isChange(request) && hasBody && !request.is('application/json')) {
    throw new DomainError('unsupported_media_type', 'The body must be JSON.', {
      fix: 'Send it with Content-Type: application/json.',
    });
  }
  next();
}

function signedIn(request: Request): Principal {
  if (request.seen.principal) return request.seen.principal;
  throw new DomainError(
    'unauthenticated',
    hasSessionCookie(request) ? 'The session has ended.' : 'Nobody is logged in.',
    {
      fix: 'Log in first.',
    },
  );
}

/** What a request holds, by the contract. @throws DomainError `invalid_request` */
function parse<Definition extends RouteDefinition>(definition: Definition, { query, body }: Request) {
  return parseRequest(definition, { params: {}, query, body: body ?? {} });
}
