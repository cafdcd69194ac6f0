/** The layers of the architecture: data falls in one direction, and a layer imports only from those below it. */
const layer = (name, from, forbidden, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$|/testing\\.ts$' },
  to: { path: forbidden },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      // What is loaded later, such as a page, may import what loads it.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    // A package of nothing but types is resolved by the compiler alone.
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^topojson-specification$' },
    },
    {
      name: 'faces-only',
      comment: 'A domain is used by its index.ts; its files are its own.',
      severity: 'error',
      from: { path: '^(backend/[^/]+|broker|db|gateway|api/[^/]+|infra/[^/]+|ui/[^/]+)/' },
      to: {
        path: '^(backend/[^/]+|broker|gateway|api/[^/]+|infra/[^/]+|ui/[^/]+)/',
        pathNot: ['^$1/', '/testing\\.ts$', '^[^/]+/index\\.ts$', '^[^/]+/[^/]+/index\\.ts$', '^api/contract/client/'],
      },
    },
    layer(
      'common-is-lowest',
      '^common/',
      '^(db|broker|backend|api|gateway|infra|ui|e2e|bench)/',
      'common imports nothing of ours',
    ),
    layer('db-below-all', '^db/', '^(broker|backend|api|gateway|infra|ui|e2e|bench)/', 'db knows only common'),
    layer(
      'broker-below-backend',
      '^broker/',
      '^(backend|api|gateway|infra|ui|e2e|bench)/',
      'broker knows only db and common',
    ),
    layer(
      'backend-below-api',
      '^backend/',
      '^(api|gateway|infra|ui|e2e|bench)/',
      'the backend knows no transport and no pool',
    ),
    layer(
      'api-below-gateway',
      '^api/',
      '^(gateway|infra|ui|e2e|bench)/',
      'the APIs reach pools only through the backend and streams',
    ),
    layer('gateway-below-ui', '^gateway/', '^(infra|ui|e2e|bench)/', 'the gateway knows no pool'),
    layer(
      'infra-beside-api',
      '^infra/(orchestrator|node-bridge|agent|simulator)/',
      '^(gateway|ui|e2e|bench|api/(public|private|internal))/',
      'the pools side knows no API of ours but the identity token',
    ),
    layer(
      'ui-through-the-client',
      '^ui/',
      '^(db|broker|backend|gateway|infra|api/(http|public|private|internal)|e2e|bench)/',
      'ui speaks only the typed client',
    ),
    layer(
      'areas-apart',
      '^ui/web/areas/([^/]+)/',
      '^ui/web/areas/(?!$1/)',
      'an area of the web is loaded alone: what two areas share belongs into design or app',
    ),
    layer(
      'design-below-app',
      '^ui/web/design/',
      '^ui/web/(areas/|app/(?!(connection|notify|queries|search)\\.tsx?$))',
      'a part knows whether the platform answers, what is cached, what the address says and how to say something, and no page',
    ),
    layer('agent-alone', '^infra/agent/', '^(db|broker|backend)/', "a supplier's machine runs only the agent"),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|\\.muster|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
