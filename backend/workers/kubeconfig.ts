/** A kubeconfig from a supplier is hostile: it may name programs to run and files to read where it is used. */
import { DomainError } from '@muster/common';
import { parse } from 'yaml';
import { z } from 'zod';

const named = <Shape extends z.ZodRawShape>(key: string, shape: Shape) =>
  z.array(z.object({ name: z.string().min(1), [key]: z.strictObject(shape) }));

/** Only what stands in the file itself is taken: no `exec`, no auth provider, no file names, no proxy, TLS always verified. */
const kubeconfigSchema = z.object({
  'current-context': z.string().min(1),
  clusters: named('cluster', {
    server: z.url({ protocol: /^https$/ }),
    'certificate-authority-data': z.base64().optional(),
    'tls-server-name': z.string().optional(),
  }).min(1),
  contexts: named('context', {
    cluster: z.string(),
    user: z.string(),
    namespace: z.string().optional(),
  }).min(1),
  users: named('user', {
    token: z.string().optional(),
    'client-certificate-data': z.base64().optional(),
    'client-key-data': z.base64().optional(),
  }).min(1),
});

/**
 * A kubeconfig that can be used and does nothing but hold credentials.
 *
 * @returns as JSON, what was checked and nothing else: another parser of YAML could read the text in another way
 * @throws DomainError `invalid_request` naming what must not be there; never its content
 */
export function checkedKubeconfig(text: string): string {
  const parsed = kubeconfigSchema.safeParse(parseYaml(text));
  if (parsed.success) return JSON.stringify(parsed.data);
  const wrong = parsed.error.issues.slice(0, 5).map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
    return `${issue.path.join('.') || 'kubeconfig'}${keys}`;
  });
  throw new DomainError('invalid_request', `The kubeconfig cannot be taken because of: ${wrong.join('; ')}.`, {
    fix: 'Make one with a service account token: `kubectl config view --flatten --minify`, an https server, and no exec plugin.',
  });
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    throw new DomainError('invalid_request', 'The kubeconfig is not YAML.');
  }
}
