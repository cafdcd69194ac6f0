import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { generated } from './generate.ts';
import { internalApi, openApi, pathParameters, privateApi, publicApi, type RouteDefinition, route } from './index.ts';

const contracts = [publicApi, privateApi, internalApi];
const routes: [string, RouteDefinition][] = contracts.flatMap(({ base, routes }) =>
  Object.values<Record<string, RouteDefinition>>(routes).flatMap((named) =>
    Object.values(named).map((each): [string, RouteDefinition] => [`${each.method} ${base}${each.path}`, each]),
  ),
);

describe('the contract', () => {
  test('what is checked in is what the schemas say', async () => {
    for (const [file, content] of await generated()) expect(await readFile(file, 'utf8')).toBe(content);
  });

  test('a route that names no access rule does not compile', () => {
    // @ts-expect-error: `access` is missing
    route({ method: 'get', path: '/open', summary: 'Open to whom?', errors: [] });
    // @ts-expect-error: there is no such scope
    route({ method: 'get', path: '/open', summary: 'Open', access: { scope: 'secrets:read' }, errors: [] });
  });

  test('every parameter in a path is checked, and no other', () => {
    for (const [name, { path, params }] of routes) {
      expect([name, Object.keys(params?.shape ?? {})]).toEqual([name, pathParameters(path)]);
    }
  });

  test('no two routes share an address', () => {
    const shapes = routes.map(([name]) => name.replace(/\{\w+\}/g, '{}'));
    expect(shapes.filter((shape, index) => shapes.indexOf(shape) !== index)).toEqual([]);
  });

  test('whatever a caller sends has a bound: no text, list or number is accepted without an end', () => {
    const loose: string[] = [];
    const walk = (at: string, schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { type, ...rest } = schema as Record<string, unknown>;
      const bounded =
        type === 'string'
          ? 'maxLength' in rest || 'pattern' in rest || 'enum' in rest || 'format' in rest
          : type === 'array'
            ? 'maxItems' in rest
            : type === 'integer' || type === 'number'
              ? 'maximum' in rest
              : type === 'object'
                ? rest.additionalProperties === false || 'maxProperties' in rest
                : true;
      if (!bounded) loose.push(at);
      for (const [name, member] of Object.entries(rest)) walk(`${at}.${name}`, member);
    };
    for (const [name, { params, query, body }] of routes) {
      for (const schema of [params, query, body]) if (schema) walk(name, z.toJSONSchema(schema, { io: 'input' }));
    }
    // The keys of an environment are text of a pattern, and as many as `maxProperties` says.
    expect(loose).toEqual([]);
  });

  test('an unknown member is refused', () => {
    for (const [name, { params, query, body }] of routes) {
      for (const schema of [params, query, body]) {
        const codes = schema?.safeParse({ surprise: 1 }).error?.issues.map(({ code }) => code) ?? ['unrecognized_keys'];
        expect([name, codes]).toEqual([name, expect.arrayContaining(['unrecognized_keys'])]);
      }
    }
  });

  test('the document names every refusal that a route has of its own', () => {
    const { paths } = openApi(publicApi) as { paths: Record<string, Record<string, { responses: object }>> };
    expect(JSON.stringify(paths['/clusters']!.post!.responses)).toContain('insufficient_funds');
    expect(Object.keys(paths['/clusters']!.post!.responses)).toEqual(
      expect.arrayContaining(['201', '400', '401', '402', '403', '409', '413', '415', '422', '429', '500']),
    );
  });
});
