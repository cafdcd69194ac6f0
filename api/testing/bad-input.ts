/**
 * Every way in which a request can be wrong, for every route of an OpenAPI document. The table is made from the document,
 * so that a new route is walked without anybody remembering to.
 */
import { type Document, type Operation, resolve, type Schema, sampleOf } from './document.ts';

/** In whose name a case is sent. */
export type Sender =
  /** Nobody. */
  | 'visitor'
  /** Somebody who may do everything that the route needs, in an organization of its own. */
  | 'able'
  /** Somebody who is known, and may do nothing. */
  | 'powerless';

export interface BadCase {
  /** `clusters.create: oversized`. */
  name: string;
  sender: Sender;
  method: string;
  /** With the API's base, and a query where there is one. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** The status and code that must come; several where several are right. */
  status: number[];
  codes: string[];
}

export interface WalkOptions {
  /** Ids that belong to another organization, by the parameter's name: each must answer as an unknown one does. */
  foreign?: Record<string, string>;
  /** Whether the walk goes through the gateway, which answers some routes itself. */
  gateway?: boolean;
}

const json = { 'content-type': 'application/json' };
const largest = 1_048_576;

/** The table for a document. */
export function badInputCases(document: Document, options: WalkOptions = {}): BadCase[] {
  const base = document.servers[0]!.url;
  return Object.entries(document.paths).flatMap(([path, operations]) => [
    ...wrongMethod(document, `${base}${path}`, operations),
    ...Object.entries(operations)
      .filter(
        ([, operation]) => !operation['x-served-by'] || (options.gateway && operation['x-served-by'] === 'gateway'),
      )
      .flatMap(([method, operation]) =>
        casesOf({ document, path: `${base}${path}`, method: method.toUpperCase(), operation, options }),
      ),
  ]);
}

interface Place {
  document: Document;
  path: string;
  method: string;
  operation: Operation;
  options: WalkOptions;
}

function casesOf(place: Place): BadCase[] {
  // Behind the gateway this is for certificates, which no sender of the walk has.
  const forAgents = place.options.gateway && place.operation['x-access'].scope === 'agent:connect';
  if (forAgents) return wrongCaller(place);
  return [
    ...wrongCaller(place),
    ...wrongParameters(place),
    ...wrongBody(place),
    ...wrongHeaders(place),
    ...unknownThings(place),
  ];
}

function wrongMethod(document: Document, path: string, operations: Record<string, Operation>): BadCase[] {
  const [operation] = Object.values(operations);
  if (operation!['x-served-by']) return [];
  const method = ['PUT', 'DELETE', 'PATCH', 'POST'].find((each) => !(each.toLowerCase() in operations))!;
  return [
    {
      name: `${path}: wrong method`,
      sender: 'able',
      method,
      path: fill(document, path, operation!),
      headers: json,
      body: '{}',
      status: [405],
      codes: ['method_not_allowed'],
    },
  ];
}

function wrongCaller(place: Place): BadCase[] {
  const access = place.operation['x-access'];
  if (access.anyone) return [];
  const cases = [caseOf(place, 'unauthenticated', { sender: 'visitor', status: [401], codes: ['unauthenticated'] })];
  if (access.scope) {
    cases.push(caseOf(place, 'unauthorised', { sender: 'powerless', status: [403], codes: ['forbidden'] }));
  }
  return cases;
}

const malformed = { status: [400], codes: ['invalid_request'] };

function wrongParameters(place: Place): BadCase[] {
  const { document, operation } = place;
  const cases: BadCase[] = [];
  for (const { name, in: where, required, schema } of operation.parameters ?? []) {
    if (where === 'path') {
      for (const [label, value] of [
        ['malformed', 'not%20an%20id'],
        ['with NUL', '%00'],
        ['with a quote', "'%20or%201=1--"],
        ['not percent-encoded UTF-8', '%ff'],
        ['very long', 'x'.repeat(2_000)],
      ] as const) {
        cases.push(caseOf(place, `${name} ${label}`, { ...malformed, path: { [name]: value } }));
      }
    }
    if (where === 'query') {
      for (const value of badQueryValues(resolve(document, schema))) {
        cases.push(caseOf(place, `${name}=${value.slice(0, 20)}`, { ...malformed, query: `${name}=${value}` }));
      }
      if (required) cases.push(caseOf(place, `${name} missing`, { ...malformed, query: '' }));
    }
  }
  cases.push(caseOf(place, 'unknown query member', { ...malformed, query: 'surprise=1' }));
  return cases;
}

/** Nothing that any parameter of ours admits, but for those that take free text. */
function badQueryValues(schema: Schema): string[] {
  const item = schema.type === 'array' ? schema.items! : schema;
  const free = item.type === 'string' && !item.pattern && !item.enum && !item.format && !item.$ref;
  if (free) return ['%00'];
  const values = ['%00', '', "'%20or%201=1--", 'x'.repeat(1_000)];
  if (item.type === 'integer') values.push('-1', '1e999', 'NaN', '1.5', '99999999999999999999');
  return values;
}

function wrongBody(place: Place): BadCase[] {
  const { document, operation } = place;
  const content = operation.requestBody?.content['application/json'].schema;
  if (!content) return [];
  const schema = resolve(document, content);
  const body = sampleOf(document, schema) as Record<string, unknown>;
  const send = (label: string, text: string) => caseOf(place, label, { ...malformed, body: text });
  const cases = [
    send('broken JSON', '{"'),
    send('a list for a body', '[]'),
    send('text for a body', '"text"'),
    send('unknown member', JSON.stringify({ ...body, surprise: 1 })),
    send('prototype member', '{"__proto__":{"admin":true},"constructor":1}'),
    send('very deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    caseOf(place, 'oversized', {
      status: [413],
      codes: ['too_large'],
      body: JSON.stringify({ padding: 'x'.repeat(largest + 1) }),
    }),
    caseOf(place, 'not JSON', {
      status: [415],
      codes: ['unsupported_media_type'],
      headers: { 'content-type': 'text/plain' },
      body: 'hello',
    }),
    caseOf(place, 'a form', {
      status: [415],
      codes: ['unsupported_media_type'],
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1',
    }),
  ];
  for (const name of schema.required ?? []) {
    const { [name]: _, ...rest } = body;
    cases.push(send(`${name} missing`, JSON.stringify(rest)));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const member = resolve(document, property);
    for (const [label, value] of badValues(member)) {
      cases.push(send(`${name} ${label}`, JSON.stringify({ ...body, [name]: value })));
    }
  }
  return cases;
}

function badValues(schema: Schema): [string, unknown][] {
  const nullable = schema.anyOf?.some(({ type }) => type === 'null') ?? false;
  const values: [string, unknown][] = nullable ? [] : [['null', null]];
  if (schema.type !== 'object') values.push(['an object', { surprise: true }]);
  if (schema.type === 'object') values.push(['text', 'text'], ['with an unknown member', { 'surprise!': 1 }]);
  if (schema.type === 'string') {
    values.push(
      ['a number', 7],
      ['very long', 'x'.repeat(300_000)],
      ['with NUL', 'a\0b'],
      ['half a surrogate', '\ud800'],
    );
  }
  if (schema.type === 'integer') values.push(['negative', -1], ['huge', 1e300], ['a fraction', 1.5], ['text', '1']);
  if (schema.type === 'boolean') values.push(['text', 'true']);
  if (schema.type === 'array')
    values.push(['too many', Array.from({ length: 10_000 }, () => 'x')], ['of objects', [{}]]);
  return values;
}

function wrongHeaders(place: Place): BadCase[] {
  const names = (place.operation.parameters ?? []).filter((each) => each.in === 'header').map(({ name }) => name);
  const cases: BadCase[] = [];
  if (names.includes('Idempotency-Key')) {
    cases.push(
      caseOf(place, 'Idempotency-Key too long', { ...malformed, headers: { 'idempotency-key': 'k'.repeat(300) } }),
    );
  }
  if (names.includes('If-Match')) {
    cases.push(
      caseOf(place, 'If-Match of nothing', {
        status: [412],
        codes: ['precondition_failed'],
        headers: { 'if-match': '"never"' },
      }),
    );
  }
  if (names.includes('Last-Event-ID')) {
    cases.push(caseOf(place, 'Last-Event-ID of nothing', { ...malformed, headers: { 'last-event-id': 'nonsense' } }));
  }
  return cases;
}

/** What does not exist, and what belongs to somebody else: the same answer, so that nobody learns what exists. */
function unknownThings(place: Place): BadCase[] {
  const { operation, options } = place;
  const names = (operation.parameters ?? []).filter((each) => each.in === 'path').map(({ name }) => name);
  if (names.length === 0) return [];
  const unknown = { status: [404], codes: ['not_found'] };
  // Shells tell it when the connection is upgraded, which this walk does not do.
  if (operation['x-stream'] === 'websocket') return [];
  // A sample of any other id names nothing.
  const cases = [caseOf(place, 'unknown', { ...unknown, path: { modelId: 'no-such-model' } })];
  if (names.some((name) => options.foreign?.[name])) {
    cases.push(caseOf(place, "another organization's", { ...unknown, path: options.foreign! }));
  }
  return cases;
}

interface Change {
  sender?: Sender;
  path?: Record<string, string>;
  /** In place of the query that the route needs. */
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  status: number[];
  codes: string[];
}

/** A request that would be right, but for one change. */
function caseOf(place: Place, label: string, change: Change): BadCase {
  const { document, path, method, operation } = place;
  const content = operation.requestBody?.content['application/json'].schema;
  const body = change.body ?? (content && JSON.stringify(sampleOf(document, content)));
  const needed = (operation.parameters ?? [])
    .filter((each) => each.in === 'query' && each.required)
    .map(({ name, schema }) => `${name}=${encodeURIComponent(String(sampleOf(document, schema)))}`)
    .join('&');
  const query = change.query ?? needed;
  return {
    name: `${operation.operationId}: ${label}`,
    sender: change.sender ?? 'able',
    method,
    path: `${fill(document, path, operation, change.path)}${query && `?${query}`}`,
    headers: { ...(body !== undefined && json), ...change.headers },
    ...(body !== undefined && { body }),
    status: change.status,
    codes: change.codes,
  };
}

function fill(document: Document, path: string, operation: Operation, values: Record<string, string> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const schema = operation.parameters?.find((each) => each.in === 'path' && each.name === name)?.schema;
    return values[name] ?? encodeURIComponent(String(sampleOf(document, schema!)));
  });
}
