import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@muster/common';
import { parse } from 'yaml';
import { z } from 'zod';
import { createBrokerMetrics } from '../broker/metrics.ts';

const root = new URL('../', import.meta.url).pathname;

const Dashboard = z.object({
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string().min(1),
      type: z.string(),
      targets: z.array(z.object({ expr: z.string().min(1), refId: z.string() })).optional(),
    }),
  ),
});
const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Muster[A-Z]\w+$/),
          expr: z.string().min(1),
          for: z.string().regex(/^\d+[smh]$/),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1) }),
        }),
      ),
    }),
  ),
});

const dashboard = Dashboard.parse(JSON.parse(readFileSync(`${root}k8s/dashboards/muster.json`, 'utf8')));
const alerts = Rules.parse(parse(readFileSync(`${root}k8s/alerts/muster.yaml`, 'utf8'))).groups.flatMap(
  ({ rules }) => rules,
);
const expressions = [
  ...dashboard.panels.flatMap(({ targets }) => targets?.map(({ expr }) => expr) ?? []),
  ...alerts.map(({ expr }) => expr),
];

const keywords = new Set(['and', 'or', 'unless', 'bool', 'offset', 'group_left', 'group_right']);

/** The metrics that a PromQL expression reads: what is left without selectors, groupings, ranges and functions. */
function metricsOf(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !keywords.has(name));
}

/** Every metric of the code: those that registries make, and those whose constructor names them. */
function knownMetrics(): Set<string> {
  const registry = createMetrics('test');
  createBrokerMetrics(registry);
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const files = execFileSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', '*.ts', ':!*.test.ts', ':!bench', ':!e2e'],
    { cwd: root, encoding: 'utf8' },
  );
  for (const file of files.split('\n').filter(Boolean)) {
    const text = readFileSync(root + file, 'utf8');
    for (const [, name] of text.matchAll(/new (?:Counter|Gauge|Histogram)(?:<[^>]*>)?\(\{\s*name: '(\w+)'/g))
      known.add(name!);
  }
  return known;
}

describe('dashboards and alerts', () => {
  const known = knownMetrics();

  test('name only metrics that the code has', () => {
    const named = new Set(expressions.flatMap(metricsOf));
    const unknown = [...named].filter(
      (name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect(unknown).toEqual([]);
    expect(named.size).toBeGreaterThan(15);
  });

  test('show every metric that Muster makes itself', () => {
    const named = new Set(expressions.flatMap(metricsOf).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    const ours = [...known].filter((name) => !/^(process|nodejs)_/.test(name) && name !== 'test');
    expect(ours.filter((name) => !named.has(name))).toEqual([]);
  });

  test('have balanced brackets and unique names', () => {
    for (const expression of expressions) {
      for (const [open, close] of ['()', '{}', '[]']) {
        expect(expression.split(open!).length).toBe(expression.split(close!).length);
      }
    }
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });
});
