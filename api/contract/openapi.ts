/**
 * OpenAPI 3.1 from a contract. Schemas come from zod's own JSON Schema (2020-12, which 3.1 takes as it is), always in the
 * form of the wire; a schema with an `id` becomes a named component.
 */
import { errorCodes } from '@muster/common';
import { z } from 'zod';
import { type Access, type Contract, errorsOf, type RouteDefinition, takesIdempotencyKey } from './route.ts';
import { Problem } from './schemas/problem.ts';

type Json = Record<string, unknown>;

/** The OpenAPI document of an API. The same contract gives the same document, to the letter. */
export function openApi({ base, title, description, routes }: Contract): Json {
  const components: Json = {};
  const schema = (type: z.ZodType) => toSchema(type, components);
  const problem = schema(Problem);
  const paths: Record<string, Json> = {};
  for (const [noun, named] of Object.entries(routes)) {
    for (const [name, definition] of Object.entries(named)) {
      const { path, method } = definition;
      paths[path] = { ...paths[path], [method]: operation(noun, name, definition, schema, problem) };
    }
  }
  return {
    openapi: '3.1.1',
    info: { title, version: '1', description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: base }],
    tags: Object.keys(routes).map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`msk_…`) or a JWT.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'muster.sid',
          description: 'Set by `POST /v1/login`. Changes must carry the token of `GET /v1/csrf` as `X-CSRF-Token`.',
        },
        workerCertificate: { type: 'mutualTLS', description: "A worker's certificate, given by its enrolment." },
      },
    },
  };
}

function operation(
  noun: string,
  name: string,
  definition: RouteDefinition,
  schema: (type: z.ZodType) => Json,
  problem: Json,
): Json {
  const { summary, description, params, query, body, access, servedBy, stream } = definition;
  const parameters = [
    ...parametersOf('path', params, schema),
    ...parametersOf('query', query, schema),
    ...headersOf(definition),
  ];
  return {
    operationId: `${noun}.${name}`,
    tags: [noun],
    summary,
    ...(description && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schema(body) } } } }),
    responses: { ...success(definition, schema), ...refusals(definition, problem) },
    security: securityOf(access),
    'x-access': access,
    ...(stream && { 'x-stream': stream }),
    ...(servedBy && { 'x-served-by': servedBy }),
  };
}

function parametersOf(
  place: 'path' | 'query',
  type: z.ZodObject | undefined,
  schema: (type: z.ZodType) => Json,
): Json[] {
  return Object.entries(type?.shape ?? {}).map(([name, member]) => {
    const { description, ...rest } = schema(member as z.ZodType);
    return {
      name,
      in: place,
      required: place === 'path' || !(member as z.ZodType).safeParse(undefined).success,
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function headersOf(definition: RouteDefinition): Json[] {
  const header = (name: string, description: string, schema: Json = { type: 'string' }) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema,
  });
  return [
    ...(takesIdempotencyKey(definition)
      ? [
          header('Idempotency-Key', 'A request sent again with the same key takes effect once, for 24 hours.', {
            type: 'string',
            minLength: 1,
            maxLength: 255,
          }),
        ]
      : []),
    ...(definition.versioned && definition.method === 'patch'
      ? [header('If-Match', 'The ETag that was read: nothing is changed if somebody else was faster.')]
      : []),
    ...(definition.method === 'get' && definition.answer
      ? [header('If-None-Match', 'The ETag that was read: 304 if it is still the same.')]
      : []),
    ...(definition.resumable ? [header('Last-Event-ID', 'The `id` of the last event received.')] : []),
  ];
}

function success(definition: RouteDefinition, schema: (type: z.ZodType) => Json): Json {
  const { method, answer, status, stream } = definition;
  if (stream === 'websocket') return { 101: { description: 'The connection is a WebSocket from here on.' } };
  if (stream) return { 200: { description: 'A stream.', content: { [stream]: { schema: { type: 'string' } } } } };
  if (!answer) return { 204: { description: 'Done.' } };
  const text = { type: 'string' };
  return {
    [status ?? 200]: {
      description: status === 201 ? 'Made.' : 'Done.',
      ...(method === 'get' && { headers: { ETag: { schema: text } } }),
      ...(takesIdempotencyKey(definition) && {
        headers: { 'Idempotent-Replayed': { description: '`true` on an answer given before.', schema: text } },
      }),
      content: { 'application/json': { schema: schema(answer) } },
    },
    ...(method === 'get' && { 304: { description: 'It is still what If-None-Match names.' } }),
  };
}

/** Refusals by status; each lists the codes that may come with it. */
function refusals(definition: RouteDefinition, problem: Json): Json {
  const byStatus = new Map<number, string[]>();
  for (const code of errorsOf(definition)) {
    const { status, title } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${title}.`]);
  }
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        status,
        { description: codes.sort().join(' '), content: { 'application/problem+json': { schema: problem } } },
      ]),
  );
}

function securityOf(access: Access): Json[] {
  if ('anyone' in access) return [];
  if ('signedIn' in access) return [{ bearer: [] }, { session: [] }];
  if (access.scope === 'agent:connect') return [{ workerCertificate: [] }];
  return [{ bearer: [access.scope] }, { session: [access.scope] }];
}

/** A schema as JSON Schema; the named ones that it uses are put among the components. */
function toSchema(type: z.ZodType, components: Json): Json {
  const text = JSON.stringify(z.toJSONSchema(type, { io: 'input', override: keepDefault }));
  const { $schema: _, $defs, ...schema } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/'));
  Object.assign(components, $defs);
  return schema;
}

/** zod leaves out the default of whatever is decoded, since it is one of the decoded form; ours read the same in both. */
function keepDefault({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: Json }): void {
  const fallback = z.globalRegistry.get(zodSchema)?.default;
  if (fallback !== undefined) jsonSchema.default = fallback;
}
