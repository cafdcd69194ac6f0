/** What a caller sends, parsed by the contract once: behind it nothing is checked again. */
import { DomainError } from '@muster/common';
import type { RouteDefinition } from '@muster/contract';
import { z } from 'zod';
import type { Call } from './handlers.ts';

export interface WrongField {
  /** Where it is: `body.processor.modelIds.0`. */
  path: string;
  message: string;
}

/** A route without a query takes none. */
const none = z.strictObject({});
/** No caller needs more at once. */
const mostFields = 50;

/**
 * Parses all parts of a request.
 *
 * @throws DomainError `invalid_request` that lists every wrong field of every part
 */
export function parseRequest<Definition extends RouteDefinition>(
  { params, query, body }: Definition,
  received: { params: unknown; query: unknown; body: unknown },
): Pick<Call<Definition>, 'params' | 'query' | 'body'> {
  const wrong: WrongField[] = [];
  const part = (name: 'params' | 'query' | 'body', schema: z.ZodType | undefined): unknown => {
    if (!schema) return {};
    const parsed = schema.safeParse(received[name]);
    if (!parsed.success) wrong.push(...parsed.error.issues.flatMap((issue) => fieldsOf(name, issue)));
    // After the schema, so that the walk is as deep as the schema and not as deep as a hostile body.
    else wrong.push(...illFormed(name, parsed.data));
    return parsed.data;
  };
  const parsed = {
    params: part('params', params),
    query: part('query', query ?? none),
    body: body ? part('body', body) : undefined,
  };
  if (wrong.length > 0) throw wrongFields(wrong);
  return parsed as Pick<Call<Definition>, 'params' | 'query' | 'body'>;
}

/** The refusal that names wrong fields. */
export function wrongFields(fields: WrongField[]): DomainError {
  const [first] = fields;
  const detail = fields.length === 1 ? `${first!.path} ${first!.message}.` : `${fields.length} fields are wrong.`;
  return new DomainError('invalid_request', detail, { details: { fields: fields.slice(0, mostFields) } });
}

function fieldsOf(part: string, issue: z.core.$ZodIssue): WrongField[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({ path: pathOf(part, [...issue.path, name]), message: 'is not known' }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: pathOf(part, issue.path), message: issue.issues[0]?.message ?? issue.message }];
  }
  const message =
    issue.code === 'invalid_type' && /received undefined$/.test(issue.message) ? 'is missing' : issue.message;
  return [{ path: pathOf(part, issue.path), message: message.replace(/^Invalid input: /, '').replace(/\.$/, '') }];
}

/** Names that a caller made up are shown cut: a path is for reading. */
function pathOf(part: string, path: PropertyKey[]): string {
  return [part, ...path.map((step) => String(step).slice(0, 100).toWellFormed().replace(/\p{C}/gu, '?'))].join('.');
}

/** Text that no database can hold: with NUL, or with half of a surrogate pair. */
function* illFormed(part: string, value: unknown, path: PropertyKey[] = []): Generator<WrongField> {
  if (typeof value === 'string') {
    if (value.includes('\0')) yield { path: pathOf(part, path), message: 'must not contain NUL' };
    else if (!value.isWellFormed()) yield { path: pathOf(part, path), message: 'must be well-formed Unicode' };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* illFormed(part, item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) yield* illFormed(part, member, [...path, name]);
  }
}
