/** Whose request it is: an API key, an access token, a session, a worker's certificate, or a visitor without any of them. */
import type { TLSSocket } from 'node:tls';
import { DomainError, isDomainError } from '@muster/common';
import { verifyPassword } from '@muster/customers';
import type { Context } from '@muster/db';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import passport from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt';
import { Strategy as LocalStrategy } from 'passport-local';
import type { Principals } from './principals.ts';
import type { Principal } from './seen.ts';
import { hasSessionCookie } from './sessions.ts';
import { accessTokenClaims, accessTokenKey } from './tokens.ts';

type StrategyName = 'local' | 'api-key' | 'access-token' | 'session' | 'certificate';
type Done = (error: unknown, principal?: Principal | false) => void;

/** A client certificate that TLS has verified against the platform's authority. */
class CertificateStrategy extends passport.Strategy {
  // Passport works on an object derived from this one, which a #private member would not be in.
  private readonly principals: Principals;

  constructor(principals: Principals) {
    super();
    this.principals = principals;
  }

  override authenticate(request: Request): void {
    const socket = request.socket as TLSSocket;
    const { subject, serialNumber: serial } = socket.getPeerCertificate();
    if (!socket.authorized || !serial || typeof subject.CN !== 'string') {
      this.fail(401);
      return;
    }
    this.principals.byCertificate({ commonName: subject.CN, serial }).then(
      (principal) => (principal ? this.success(principal) : this.fail(401)),
      (error: unknown) => this.error(error),
    );
  }
}

export class Authentication {
  #passport = new passport.Passport();
  #loadSession: RequestHandler;

  constructor(context: Context, principals: Principals, loadSession: RequestHandler, sessionSecret: string) {
    this.#loadSession = loadSession;
    const settle = (found: Promise<Principal | undefined>, done: Done) =>
      found.then((principal) => done(null, principal ?? false), done);

    this.#passport.use('certificate', new CertificateStrategy(principals));
    this.#passport.use(
      'api-key',
      new BearerStrategy((key: string, done: Done) => void settle(principals.byApiKey(key), done)),
    );
    this.#passport.use(
      'access-token',
      new JwtStrategy(
        {
          jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
          secretOrKey: accessTokenKey(sessionSecret),
          algorithms: ['HS256'],
          ...accessTokenClaims,
        },
        ({ sub }: { sub: string }, done: Done) => void settle(principals.byAccessToken(sub), done),
      ),
    );
    this.#passport.use(
      'local',
      new LocalStrategy({ usernameField: 'email' }, (email, password, done) => {
        verifyPassword(context, { email, password }).then(
          // Not yet a principal: what it acts for is known when its session is opened.
          ({ id }) => done(null, { personId: id } as unknown as Express.User),
          (error: unknown) => (isDomainError(error, 'unauthenticated') ? done(null, false) : done(error)),
        );
      }),
    );
    this.#passport.serializeUser<string>((user, done) => done(null, user.credentialId));
    this.#passport.deserializeUser<string>((id, done) => void settle(principals.bySession(id), done as Done));
  }

  /**
   * Finds the principal of a request on the public listener. A session that has ended makes a visitor; a wrong bearer
   * credential is refused.
   *
   * @throws DomainError `unauthenticated`, `unavailable`
   */
  middleware = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
      if (!token) throw wrong('Only the Bearer scheme is understood in the Authorization header.');
      request.seen.principal = await this.#bearer(request, response, token);
    } else if (hasSessionCookie(request)) {
      await this.session(request, response);
    }
    next();
  };

  /** As `middleware`, on the listener of the agents: by certificate, or as a visitor where none was sent. */
  worker = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const hasCertificate = Boolean((request.socket as TLSSocket).getPeerCertificate().subject);
    if (hasCertificate) {
      request.seen.principal = await this.#by('certificate', request, response);
      if (!request.seen.principal) throw wrong('The certificate is not one of a worker, or no longer.');
    }
    next();
  };

  /** Loads the session of the cookie, and the principal when there is one. @throws DomainError `unavailable` */
  async session(request: Request, response: Response): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#loadSession(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    await new Promise<void>((resolve, reject) => {
      this.#passport.session()(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    request.seen.principal = request.user;
  }

  /** The person whose email and password are in the body. @throws DomainError `unauthenticated`, without saying which is wrong */
  async login(request: Request, response: Response): Promise<{ personId: string }> {
    const found = (await this.#by('local', request, response)) as unknown as { personId: string } | undefined;
    if (!found) throw wrong('The email or the password is wrong.');
    return found;
  }

  /** Begins a cookie session under a new id, so that an id known before is worth nothing. */
  async begin(request: Request, principal: Principal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      request.logIn(principal, (error?: unknown) => (error ? reject(error) : resolve()));
    });
  }

  async #bearer(request: Request, response: Response, token: string): Promise<Principal> {
    const isApiKey = token.startsWith('msk_');
    const principal = await this.#by(isApiKey ? 'api-key' : 'access-token', request, response);
    if (principal) return principal;
    throw isApiKey
      ? wrong('The API key is unknown, expired or revoked.', 'Make a new one with `muster api-key create`.')
      : wrong('The access token is not valid, or no longer.', 'Get a new one with POST /v1/tokens.');
  }

  #by(name: StrategyName, request: Request, response: Response): Promise<Principal | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, principal?: Principal | false) =>
        error ? reject(error) : resolve(principal || undefined);
      this.#passport.authenticate(name, { session: false }, settle)(request, response, reject);
    });
  }
}

const wrong = (sentence: string, fix?: string) => new DomainError('unauthenticated', sentence, fix ? { fix } : {});
