/** The audit of requests: every change and every shell before it is passed on, and every refusal of a credential or of a right. */
import { type AuditEntry, AuditWriter } from '@muster/audit';
import type { DomainError, ErrorCode, Logger } from '@muster/common';
import type { Context } from '@muster/db';
import type { NextFunction, Request, Response } from 'express';
import { isChange, pathOf, unavailable } from './seen.ts';

/** Refusals for what one is, not for what one asked: those that an attacker would cause. */
const audited: readonly ErrorCode[] = ['unauthenticated', 'forbidden'];

export class Audit {
  #context: Context;
  #writer: AuditWriter;
  #log: Logger;

  constructor(context: Context, log: Logger) {
    this.#context = context;
    this.#writer = new AuditWriter(context);
    this.#log = log;
  }

  /** A change that cannot be audited is not made, nor a shell opened. @throws DomainError `unavailable` */
  middleware = async (request: Request, _response: Response, next: NextFunction): Promise<void> => {
    const { upgrade, destination } = request.seen;
    // An agent that connects again and again changes nothing.
    if (isChange(request) || (upgrade && destination !== 'agent')) await this.accepted(request);
    next();
  };

  /** @throws DomainError `unavailable` */
  async accepted(request: Request): Promise<void> {
    try {
      await this.#writer.write(this.#entry(request, 'accepted'));
    } catch (error) {
      throw unavailable('Changes cannot be audited just now.', 'Try again in a few seconds.', error);
    }
  }

  /** Audits a refusal where it is of a credential or a right; one that cannot be written is logged. */
  async refused(request: Request, { code }: Pick<DomainError, 'code'>): Promise<void> {
    if (!audited.includes(code)) return;
    const entry = this.#entry(request, code);
    await this.#writer.write(entry).catch((error: unknown) => {
      this.#log.error({ err: error, entry }, 'a refusal could not be audited');
    });
  }

  #entry(request: Request, outcome: string): AuditEntry {
    const { principal, requestId, upgrade, address } = request.seen;
    return {
      at: this.#context.clock.now(),
      requestId,
      actorId: principal?.actor.id ?? 'visitor',
      organizationId: principal?.actor.organizationId ?? null,
      method: upgrade ? 'WEBSOCKET' : request.method,
      path: pathOf(request),
      ip: address,
      outcome,
      details: principal ? { credential: principal.credential, credentialId: principal.credentialId } : {},
    };
  }
}
