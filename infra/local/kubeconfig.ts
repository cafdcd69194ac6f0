/** A kubeconfig that holds nothing but an address and credentials. */
import { writePrivate } from './stack.ts';

export interface KubeconfigContent {
  server: string;
  /** The cluster's authority, PEM. */
  authority: string;
  user: { token: string } | { 'client-certificate-data': string; 'client-key-data': string };
}

/** Writes it with mode 0600, as JSON, which is YAML too. */
export function writeKubeconfigFile(path: string, { server, authority, user }: KubeconfigContent): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'muster',
    contexts: [{ name: 'muster', context: { cluster: 'muster', user: 'muster' } }],
    clusters: [
      { name: 'muster', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } },
    ],
    users: [{ name: 'muster', user }],
  };
  writePrivate(path, `${JSON.stringify(config, null, 2)}\n`);
}
