/** Reading an OpenAPI 3.1 document of ours: its operations, the members of its schemas, and an example call of each. */

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
  default?: unknown;
  example?: unknown;
  minimum?: number;
  maximum?: number;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: Schema;
}

type Access = { anyone: true } | { signedIn: true } | { scope: string };

interface RawOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
  'x-access': Access;
}

export interface Document {
  info: { title: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema> };
}

/** A parameter or a member of a schema, as the reference lists it. */
export interface Member {
  /** With the names above it: `processor.modelIds`. */
  name: string;
  type: string;
  required: boolean;
  meaning: string;
}

export interface Operation {
  id: string;
  noun: string;
  method: string;
  /** With the API's base. */
  path: string;
  summary: string;
  description: string | undefined;
  access: Access;
  parameters: Member[];
  body: Schema | undefined;
  answer: Schema | undefined;
  refusals: { status: string; sentence: string }[];
  /** What a search looks in, in lower case. */
  haystack: string;
}

export function operationsOf(document: Document): Operation[] {
  const base = document.servers[0]?.url ?? '';
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]): Operation => {
      const [, success] = Object.entries(raw.responses).find(([status]) => status.startsWith('2')) ?? [];
      return {
        id: raw.operationId,
        noun: raw.tags[0] ?? '',
        method,
        path: `${base}${path}`,
        summary: raw.summary,
        description: raw.description,
        access: raw['x-access'],
        parameters: (raw.parameters ?? []).map(({ name, required, description, schema }) => ({
          name,
          type: typeOf(schema, document),
          required,
          meaning: meaningOf({ ...schema, ...(description !== undefined && { description }) }, document),
        })),
        body: raw.requestBody?.content['application/json']?.schema,
        answer: success?.content?.['application/json']?.schema,
        refusals: Object.entries(raw.responses)
          .filter(([status]) => Number(status) >= 400)
          .map(([status, { description: sentence }]) => ({ status, sentence })),
        haystack: `${method} ${base}${path} ${raw.summary} ${raw.operationId}`.toLowerCase(),
      };
    }),
  );
}

/** How deep members of members are listed. */
const deepest = 3;

/** The members of an object, and of the objects in it, one after the other. */
export function membersOf(schema: Schema, document: Document, prefix = '', depth = 0): Member[] {
  const { properties = {}, required = [], items } = resolve(schema, document);
  if (items) return depth < deepest ? membersOf(items, document, `${prefix}[].`.replace(/\.\[\]/, '[]'), depth) : [];
  return Object.entries(properties).flatMap(([name, member]) => {
    const full = `${prefix}${name}`;
    const within = resolve(member, document);
    const list = within.items && resolve(within.items, document);
    const inner = within.properties ? within : list?.properties ? list : undefined;
    return [
      {
        name: full,
        type: typeOf(member, document),
        required: required.includes(name),
        meaning: meaningOf(member, document),
      },
      ...(inner && depth < deepest - 1
        ? membersOf(inner, document, `${full}${within.items ? '[]' : ''}.`, depth + 1)
        : []),
    ];
  });
}

function resolve(schema: Schema, document: Document): Schema {
  const name = schema.$ref?.split('/').at(-1);
  const found = name === undefined ? schema : { ...document.components.schemas[name], ...schema, $ref: undefined };
  // What may be null as well is shown as what it is otherwise.
  const other = found.anyOf?.find(({ type }) => type !== 'null');
  return other ? { ...resolve(other, document), ...(found.description && { description: found.description }) } : found;
}

function typeOf(schema: Schema, document: Document): string {
  const { type, enum: values, items, anyOf } = resolve(schema, document);
  const nullable = schema.anyOf?.some((each) => each.type === 'null') ?? anyOf?.some((each) => each.type === 'null');
  const name = values
    ? values.map((value) => JSON.stringify(value)).join(' | ')
    : items
      ? `${typeOf(items, document)}[]`
      : Array.isArray(type)
        ? type.join(' | ')
        : (type ?? 'any');
  return nullable ? `${name} | null` : name;
}

function meaningOf(schema: Schema, document: Document): string {
  const { description, default: fallback, minimum, maximum } = resolve(schema, document);
  const bounds = minimum !== undefined && maximum !== undefined ? `${minimum}–${maximum}.` : undefined;
  const otherwise = fallback === undefined ? undefined : `Default: ${JSON.stringify(fallback)}.`;
  return [description, bounds, otherwise].filter(Boolean).join(' ');
}

/** A call of the operation with curl, with the examples that the contract has. */
export function exampleOf({ method, path, body, access }: Operation, document: Document, origin: string): string {
  const lines = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}"${origin}${path}"`];
  if (!('anyone' in access)) lines.push('-H "Authorization: Bearer $MUSTER_API_KEY"');
  if (body) {
    lines.push('-H "Content-Type: application/json"');
    lines.push(`-d '${JSON.stringify(sampleOf(body, document))}'`);
  }
  return lines.join(' \\\n  ');
}

function sampleOf(schema: Schema, document: Document): unknown {
  const {
    example,
    default: fallback,
    enum: values,
    type,
    properties,
    required = [],
    items,
    minimum,
  } = resolve(schema, document);
  if (example !== undefined) return example;
  if (fallback !== undefined) return fallback;
  if (values) return values[0];
  if (items) return [sampleOf(items, document)];
  if (properties) return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name]!, document)]));
  if (type === 'integer' || type === 'number') return minimum ?? 1;
  if (type === 'boolean') return true;
  return type === 'object' ? {} : '…';
}
