import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { identitySignerConfig } from '@muster/api-http';
import { ensureBinary } from '@muster/local';
import { parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { internalConfig } from '../api/internal/config.ts';
import { privateConfig } from '../api/private/config.ts';
import { publicConfig } from '../api/public/config.ts';
import { backendConfig } from '../backend/main/config.ts';
import { gatewayConfig } from '../gateway/config.ts';
import { installerConfig } from '../infra/installer/config.ts';
import { bridgeConfig } from '../infra/node-bridge/config.ts';
import { orchestratorConfig } from '../infra/orchestrator/config.ts';

const root = new URL('../', import.meta.url).pathname;
const chart = `${root}k8s/chart`;
const namespace = `chart-test-${process.pid}`;

interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}
interface Pod {
  metadata: { labels: Record<string, string> };
  spec: { containers: { args: string[]; env: { name: string; value?: string }[]; ports?: { name: string }[] }[] };
}

/** Everything that can be switched on, is. */
const everything = [
  'nodeBridge.enabled=true',
  'nodeBridge.poolId=pool_00000000000000000000000000',
  'nodeBridge.kubeconfigSecret=pool',
  'nodeBridge.kubeletSecret=kubelet',
  'install.communityPool.kubeconfigSecret=pool',
  'ingress.enabled=true',
  'ingress.className=nginx',
  'serviceMonitor.enabled=true',
  'gateway.autoscaling.enabled=true',
  'apiPublic.autoscaling.enabled=true',
  'networkPolicy.monitoringNamespaceLabels.team=monitoring',
  'gateway.trustedProxies={10.0.0.0/8}',
  'imagePullSecrets[0].name=registry',
];

let helm = '';
let kubectl = '';
beforeAll(async () => {
  [helm, kubectl] = [await ensureBinary('helm'), await ensureBinary('kubectl')];
});

const flags = (settings: string[]) => settings.flatMap((setting) => ['--set', setting]);

function render(settings: string[] = []): KubeObject[] {
  const text = execFileSync(helm, ['template', 'prod', chart, '-n', namespace, ...flags(settings)], {
    encoding: 'utf8',
  });
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

const templateOf = (object: KubeObject) => (object.spec as { template?: Pod }).template;
const workloads = (objects: KubeObject[]) => objects.filter((object) => templateOf(object) !== undefined);

describe('the chart', () => {
  test.each([
    ['as it is', []],
    ['with everything on', everything],
  ])('lints %s', (_, settings) => {
    const { status, stdout } = spawnSync(helm, ['lint', '--strict', chart, ...flags(settings)], { encoding: 'utf8' });
    expect({ status, stdout }).toMatchObject({ status: 0 });
  });

  test.each([
    'secrets.existingSecret=',
    'logLevel=loud',
    'gateway.replicas=many',
    'nodeBridge.enabled=true',
    'nodeBridge.poolId=local',
    'unknown=1',
    'gateway.firewall.deny={everyone}',
  ])('refuses the value %s before anything is applied', (setting) => {
    expect(spawnSync(helm, ['template', 'prod', chart, '--set', setting]).status).not.toBe(0);
  });

  test('runs every process of the platform from an entry that exists', () => {
    const mains = workloads(render(everything)).map((object) => templateOf(object)!.spec.containers[0]!.args[0]!);
    expect(mains.sort()).toEqual([
      'api/internal/main.ts',
      'api/private/main.ts',
      'api/public/main.ts',
      'backend/main/main.ts',
      'gateway/main.ts',
      'infra/installer/main.ts',
      'infra/node-bridge/main.ts',
      'infra/orchestrator/main.ts',
    ]);
    for (const main of mains) expect(existsSync(root + main)).toBe(true);
  });

  test('gives every process the variables that it needs, and none that it does not know', () => {
    const shapes: Record<string, z.ZodRawShape> = {
      'gateway/main.ts': { ...gatewayConfig, ...identitySignerConfig },
      'api/public/main.ts': publicConfig,
      'api/private/main.ts': privateConfig,
      'api/internal/main.ts': internalConfig,
      'backend/main/main.ts': backendConfig,
      'infra/orchestrator/main.ts': orchestratorConfig,
      'infra/installer/main.ts': installerConfig,
    };
    const given = environments(everything);
    for (const [main, shape] of Object.entries(shapes)) {
      const names = [...given.get(main)!.keys()];
      expect({ main, unknown: names.filter((name) => !(name in shape)) }).toEqual({ main, unknown: [] });
      const needed = Object.entries(shape).filter(([, type]) => !(type as z.ZodType).safeParse(undefined).success);
      expect({ main, missing: needed.map(([name]) => name).filter((name) => !names.includes(name)) }).toEqual({
        main,
        missing: [],
      });
    }
    // The bridge's is a function: it names what it lacks.
    const bridge = given.get('infra/node-bridge/main.ts')!;
    const lacking = [...complaint(() => bridgeConfig({})).matchAll(/MUSTER_\w+/g)].map(([name]) => name);
    expect(lacking.length).toBeGreaterThan(5);
    expect(lacking.filter((name) => !bridge.has(name))).toEqual([]);
  });

  test('has the gateway serve the web where the image puts it', () => {
    const containerfile = readFileSync(`${root}k8s/Containerfile`, 'utf8');
    const [, from] = /COPY --from=web \/muster\/(\S+) \.\/\1\n/.exec(containerfile) ?? [];
    expect(environments([]).get('gateway/main.ts')!.get('MUSTER_WEB_ROOT')).toBe(`/muster/${from}`);
  });

  test('gives values that the schemas take', () => {
    const given = environments(everything);
    for (const [main, shape] of [
      ['gateway/main.ts', gatewayConfig],
      ['api/internal/main.ts', internalConfig],
      ['api/private/main.ts', privateConfig],
    ] as const) {
      for (const [name, value] of given.get(main)!) {
        const type = (shape as Record<string, z.ZodType>)[name];
        if (value !== undefined && type) expect([name, type.safeParse(value).success]).toEqual([name, true]);
      }
    }
  });

  test('makes the operator at installation, and not again at an upgrade', () => {
    const names = (...more: string[]) => execFileSync(helm, ['template', 'prod', chart, ...more], { encoding: 'utf8' });
    expect(names()).toContain('MUSTER_OPERATOR_PASSWORD');
    expect(names('--is-upgrade')).not.toContain('MUSTER_OPERATOR_PASSWORD');
  });

  test('lets each port be reached by a policy, and names no port that is not there', () => {
    const objects = render(everything);
    const ports = new Map(
      workloads(objects).map((object) => {
        const { metadata, spec } = templateOf(object)!;
        return [
          metadata.labels['app.kubernetes.io/component']!,
          (spec.containers[0]!.ports ?? []).map(({ name }) => name),
        ];
      }),
    );
    const allowed = new Map<string, string[]>();
    for (const { kind, spec } of objects) {
      if (kind !== 'NetworkPolicy') continue;
      const { podSelector, ingress } = spec as {
        podSelector: { matchLabels: Record<string, string> };
        ingress: { ports: { port: string }[] }[];
      };
      const component = podSelector.matchLabels['app.kubernetes.io/component'];
      if (component) allowed.set(component, ingress.flatMap((rule) => rule.ports.map(({ port }) => port)).sort());
    }
    for (const [component, names] of ports) {
      const own = names.filter((name) => name !== 'ops').sort();
      expect([component, allowed.get(component) ?? []]).toEqual([component, own]);
    }
  });
});

describe('the chart on a real API server', () => {
  const kubeconfig = process.env.MUSTER_KUBECONFIG;
  const kube = (args: string[], input?: unknown) => {
    const options = { input: input === undefined ? undefined : JSON.stringify(input), encoding: 'utf8' as const };
    return spawnSync(kubectl, ['--kubeconfig', kubeconfig!, ...args], options);
  };
  const dryRun = (object: unknown) =>
    kube(['apply', '--server-side', '--dry-run=server', '-n', namespace, '-f', '-'], object);

  beforeAll(() => {
    if (!kubeconfig) throw new Error('Set MUSTER_KUBECONFIG: `./muster test` does it.');
    const restricted = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    };
    kube(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: restricted },
    });
    kube(['apply', '-n', namespace, '-f', '-'], {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    });
  });
  afterAll(() => {
    kube(['delete', 'namespace', namespace, '--wait=false']);
  });

  test('passes a server-side dry run without a warning, also from Pod Security', () => {
    // Prometheus' own kinds are there only where its operator is.
    const objects = render(everything).filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com'));
    expect(objects.length).toBeGreaterThan(25);
    const { status, stderr } = dryRun({ apiVersion: 'v1', kind: 'List', items: objects });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('makes pods that the restricted profile admits', () => {
    const pods = workloads(render(everything)).map((object, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${index}` },
      spec: templateOf(object)!.spec,
    }));
    const { status, stderr } = dryRun({ apiVersion: 'v1', kind: 'List', items: pods });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const root = structuredClone(pods[0]!);
    Object.assign(root.spec, { securityContext: {} });
    expect(dryRun(root).stderr).toContain('violates PodSecurity');
  });
});

/** By entry: the variables of the container, with their values where these stand in the chart. */
function environments(settings: string[]): Map<string, Map<string, string | undefined>> {
  return new Map(
    workloads(render(settings)).map((object) => {
      const [container] = templateOf(object)!.spec.containers;
      return [container!.args[0]!, new Map(container!.env.map(({ name, value }) => [name, value]))];
    }),
  );
}

function complaint(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    return String(error);
  }
}
