/** Refusals over HTTP: the one place where an error becomes `application/problem+json` (RFC 9457). */
import { DomainError, type ErrorCode, errorCodes, isDomainError, type Logger } from '@muster/common';
import { databaseError } from '@muster/db';

/** A problem document, ready to be sent. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  fix?: string;
  [member: string]: unknown;
}

/**
 * The problem that an error is to the caller. What is not a refusal is a fault of ours: it is logged whole, and the caller
 * learns only the request's id.
 */
export function toProblem(error: unknown, requestId: string, log: Logger): ProblemDocument {
  const refusal = asRefusal(error);
  if (!refusal || refusal.code === 'internal') log.error({ err: error }, 'a request failed by a fault of ours');
  const { code, message, fix, details } =
    refusal ??
    new DomainError('internal', 'Something went wrong on our side.', {
      fix: `Name request ${requestId} to the operator.`,
    });
  const { status, title } = errorCodes[code];
  return {
    ...(jsonOf(details) as Record<string, unknown> | undefined),
    type: `urn:muster:problem:${code}`,
    title,
    status,
    detail: message,
    code,
    requestId,
    ...(fix !== undefined && { fix }),
  };
}

/** Errors that are refusals though no domain threw them: of the HTTP parser, and of an engine that is away. */
function asRefusal(error: unknown): DomainError | undefined {
  if (isDomainError(error)) return error;
  const { type, status, code } = error as { type?: string; status?: number; code?: string };
  switch (type) {
    case 'entity.parse.failed':
      return new DomainError('invalid_request', 'The body is not JSON.', { cause: error });
    case 'entity.too.large':
      return new DomainError('too_large', 'The body is larger than 1 MiB.', { cause: error });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new DomainError('unsupported_media_type', 'The body must be JSON in UTF-8.', { cause: error });
  }
  if (isOutage(error, code)) {
    return new DomainError('unavailable', 'Muster cannot reach its database just now.', {
      fix: 'Try again in a moment; with the same Idempotency-Key nothing is done twice.',
      cause: error,
    });
  }
  // What body-parser and the router refuse by themselves: an aborted body, a broken percent-encoding.
  if (status !== undefined && status >= 400 && status < 500) {
    return new DomainError('invalid_request', 'The request could not be read.', { cause: error });
  }
  return undefined;
}

/** The database restarts, is not there, or has no connection left: not the request's fault, and soon over. */
function isOutage(error: unknown, code: string | undefined): boolean {
  const known = databaseError(error)?.code ?? code ?? '';
  if (/^(57P0[1-3]|53300|08...|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(known)) return true;
  return (
    error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  );
}

/** Domains give `bigint` and `Date` in details, too. */
function jsonOf(details: unknown): unknown {
  if (details === undefined) return undefined;
  return JSON.parse(JSON.stringify(details, (_name, value) => (typeof value === 'bigint' ? value.toString() : value)));
}
