/** Errors that a caller can act on. HTTP maps them once, in `api/http/problem.ts`; everything else is a fault of ours. */

/** Every code with its HTTP status and the title that a person reads. The list is closed: clients switch over it. */
export const errorCodes = {
  invalid_request: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'Credentials are missing or wrong' },
  forbidden: { status: 403, title: 'These credentials may not do this' },
  blocked: { status: 403, title: 'This address is not admitted' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The address does not take this method' },
  conflict: { status: 409, title: 'It has changed in the meantime' },
  illegal_transition: { status: 409, title: 'It cannot do this in its state' },
  already_exists: { status: 409, title: 'It exists already' },
  idempotency_conflict: { status: 409, title: 'The Idempotency-Key belongs to another request' },
  expired: { status: 410, title: 'It is no longer valid' },
  precondition_failed: { status: 412, title: 'It has changed since it was read' },
  too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'Only application/json is understood' },
  unfulfillable: { status: 422, title: 'No workers match' },
  price_guard: { status: 422, title: 'It costs more than allowed' },
  insufficient_funds: { status: 402, title: 'The balance does not cover it' },
  quota_exceeded: { status: 422, title: 'A limit of the organization is reached' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'A fault of ours' },
  bad_gateway: { status: 502, title: 'A service behind the gateway did not answer' },
  unavailable: { status: 503, title: 'Not available just now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptions {
  /** What the caller can do about it, when there is something. */
  fix?: string;
  /** Machine-readable members, such as exclusion reasons; they stand beside `detail` in the problem document. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** A refusal: a stable code, a sentence for the user, and the fix when there is one. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly fix: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.fix = options.fix;
    this.details = options.details;
  }
}

export function isDomainError(error: unknown, code?: ErrorCode): error is DomainError {
  return error instanceof DomainError && (code === undefined || error.code === code);
}
