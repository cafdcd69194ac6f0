/** Sends requests, wrong ones and right ones, and tells where an answer is not what the OpenAPI document says. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { BadCase, Sender } from './bad-input.ts';
import type { Document } from './document.ts';

export interface Target {
  /** Where the API, or the gateway before it, answers. */
  url: string;
  /** The headers of each sender, asked for each time. */
  headersOf: (sender: Sender) => Promise<Record<string, string>> | Record<string, string>;
}

export interface Failure {
  name: string;
  why: string;
}

const atOnce = 8;

/** Walks the table. @returns every case whose answer is not the right problem */
export async function walkBadInput(target: Target, document: Document, cases: BadCase[]): Promise<Failure[]> {
  const isProblem = validator(document, { $ref: '#/components/schemas/Problem' });
  return walk(cases, async ({ name, sender, method, path, headers, body, status, codes }) => {
    const response = await fetch(`${target.url}${path}`, {
      method,
      headers: { ...(await target.headersOf(sender)), ...headers },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    const why = wrong(response, text, isProblem, status, codes);
    return why === undefined ? undefined : { name, why };
  });
}

function wrong(
  response: Response,
  text: string,
  isProblem: ValidateFunction,
  status: number[],
  codes: string[],
): string | undefined {
  const got = `${response.status} ${text.slice(0, 300)}`;
  if (!status.includes(response.status)) return `expected ${status.join(' or ')}, got ${got}`;
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return `no problem+json: ${got}`;
  const problem = parsed(text) as { code?: string; status?: number } | undefined;
  if (!isProblem(problem)) return `not a Problem: ${JSON.stringify(isProblem.errors)}: ${got}`;
  if (!codes.includes(problem!.code!)) return `expected ${codes.join(' or ')}, got ${got}`;
  if (problem!.status !== response.status) return `the document says another status: ${got}`;
  if (/node_modules|\.ts:\d+/.test(text)) return `it shows where the code stands: ${got}`;
  if (response.status === 405 && !response.headers.get('allow')) return 'no Allow header';
  return undefined;
}

/**
 * Reads everything that can be read without parameters, and checks each answer against its schema.
 *
 * @param ids values of path parameters: with them, routes below them are read too
 */
export async function walkReads(
  target: Target,
  document: Document,
  ids: Record<string, string> = {},
): Promise<Failure[]> {
  const base = document.servers[0]!.url;
  const reads = Object.entries(document.paths).flatMap(([path, { get }]) => {
    if (!get || get['x-stream'] || get['x-served-by']) return [];
    const needed = (get.parameters ?? []).filter(({ in: where, required }) => where === 'path' || required);
    if (!needed.every(({ name }) => ids[name] !== undefined)) return [];
    const schema = get.responses['200']?.content?.['application/json']?.schema;
    return [
      { name: get.operationId, path: `${base}${path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name]!)}`, schema },
    ];
  });
  return walk(reads, async ({ name, path, schema }) => {
    const response = await fetch(`${target.url}${path}`, { headers: await target.headersOf('able') });
    const text = await response.text();
    if (response.status !== 200) return { name, why: `${response.status} ${text.slice(0, 300)}` };
    if (!response.headers.get('etag')) return { name, why: 'no ETag' };
    const validate = validator(document, schema!);
    return validate(parsed(text))
      ? undefined
      : { name, why: `${JSON.stringify(validate.errors)}: ${text.slice(0, 300)}` };
  });
}

async function walk<Each extends { name: string }>(
  all: Each[],
  visit: (each: Each) => Promise<Failure | undefined>,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const left = all.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const each of left) {
        const failure = await visit(each).catch((error): Failure => ({ name: each.name, why: String(error) }));
        if (failure) failures.push(failure);
      }
    }),
  );
  return failures;
}

/** Checks values against a schema of the document, whose components it may name. */
export function validator(document: Document, schema: object): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  return ajv.compile({ ...schema, components: document.components });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
