/** OpenAPI documents as the walk reads them, and the smallest values that their schemas admit. */

export interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  pattern?: string;
  format?: string;
  example?: unknown;
  default?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
  'x-access': { anyone?: true; signedIn?: true; scope?: string };
  'x-stream'?: string;
  'x-served-by'?: string;
}

export interface Document {
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export function resolve(document: Document, schema: Schema): Schema {
  if (!schema.$ref) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  return { ...document.components.schemas[name], ...schema, $ref: undefined };
}

/** A value that the schema admits: what it gives as an example, or else the least. */
export function sampleOf(document: Document, unresolved: Schema): unknown {
  const schema = resolve(document, unresolved);
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(document, schema.anyOf[0]!);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleOf(document, schema.properties![name]!)]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(document, schema.items!));
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return false;
    default:
      return textOf(schema);
  }
}

function textOf({ format, minLength }: Schema): string {
  if (format === 'date-time') return '2099-01-01T00:00:00Z';
  if (format === 'date') return '2099-01-01';
  if (format === 'email') return 'nobody@example.test';
  return 'x'.repeat(Math.max(minLength ?? 1, 1));
}
