/** How a command ends when it does not succeed: exit codes that tell user error, refusal and platform fault apart. */
import { Problem, type Schemas } from '@muster/contract/client';
import { asFlags } from './nearest.ts';

export const exitCodes = {
  ok: 0,
  /** `admin check` found a broken invariant, a task failed: the command worked, its answer is bad. */
  negative: 1,
  /** Wrong flags, malformed input, missing or insufficient credentials, an unknown id. */
  userError: 2,
  /** The request was understood and refused: no supply, no funds, a price guard, a quota, a conflict. */
  refused: 3,
  /** Muster or the network failed; trying again may help. */
  platformFault: 4,
} as const;

/** Something that the caller did wrong, and what to do about it. */
export class UserError extends Error {
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix;
  }
}

/** The answer was had, and it is no. */
export class NegativeAnswer extends Error {}

const refusals = new Set<string>([
  'conflict',
  'illegal_transition',
  'already_exists',
  'idempotency_conflict',
  'expired',
  'precondition_failed',
  'unfulfillable',
  'price_guard',
  'insufficient_funds',
  'quota_exceeded',
  'rate_limited',
  'blocked',
]);

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return exitCodes.userError;
  if (error instanceof NegativeAnswer) return exitCodes.negative;
  if (error instanceof Problem) {
    if (refusals.has(error.code)) return exitCodes.refused;
    return error.status >= 400 && error.status < 500 ? exitCodes.userError : exitCodes.platformFault;
  }
  return exitCodes.platformFault;
}

/** What a person reads on standard error. */
export function describeFailure(error: unknown): string {
  if (error instanceof Problem) {
    const lines = [error.message];
    for (const sentence of sentencesOf(error.details)) lines.push(`  · ${sentence}`);
    if (error.fix) lines.push(`Fix: ${error.fix}`);
    const { nearest = [] } = error.details as Pick<Schemas['Problem'], 'nearest'>;
    for (const request of nearest) lines.push(`  ${asFlags(request)}`);
    if (error.requestId) lines.push(`Request: ${error.requestId}`);
    return lines.join('\n');
  }
  if (error instanceof UserError) return error.fix ? `${error.message}\nFix: ${error.fix}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Exclusions and field errors carry a sentence each: the "why not" of a refusal. */
function sentencesOf(details: Record<string, unknown> | undefined): string[] {
  return Object.values(details ?? {}).flatMap((value) =>
    (Array.isArray(value) ? value : [value]).flatMap((item) => {
      if (item === null || typeof item !== 'object') return [];
      const { sentence, path, message } = item as Record<string, unknown>;
      if (typeof sentence === 'string') return [sentence];
      return typeof message === 'string' ? [path ? `${String(path)}: ${message}` : message] : [];
    }),
  );
}
