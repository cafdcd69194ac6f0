/** Settings of a node-bridge process. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { identityVerifierConfig } from '@muster/api-http';
import { baseConfig, brokerConfig, databaseConfig, readConfig, redisConfig } from '@muster/common';
import { authorityConfig } from '@muster/workers';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const file = z.string().transform((path, context) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    context.addIssue({ code: 'custom', message: 'names a file that cannot be read' });
    return z.NEVER;
  }
});

/** @throws Error naming every wrong variable */
export function bridgeConfig(environment?: NodeJS.ProcessEnv) {
  return readConfig(
    {
      ...baseConfig,
      ...databaseConfig,
      ...redisConfig,
      ...brokerConfig,
      ...identityVerifierConfig,
      ...authorityConfig,
      /** Of this process among several; the Nodes that it keeps name it. */
      MUSTER_BRIDGE_ID: z
        .string()
        .min(1)
        .max(63)
        .default(() => `${hostname().slice(0, 50)}-${randomBytes(4).toString('hex')}`),
      /** The pool whose Nodes the workers are, and how to reach it. */
      MUSTER_POOL: z.string().min(1).max(63),
      MUSTER_KUBECONFIG: z.string().min(1),
      /** Where the gateway brings agents. */
      MUSTER_BRIDGE_HOST: z.string().default('127.0.0.1'),
      MUSTER_BRIDGE_PORT: port.default(8090),
      /** Where the pool's API server reaches this process as a kubelet: an address of this machine, not a name. */
      MUSTER_KUBELET_HOST: z.string().default('127.0.0.1'),
      MUSTER_KUBELET_PORT: port.default(10250),
      /** Serving certificate and key, PEM files; the API server checks them where it has a kubelet authority. */
      MUSTER_KUBELET_CERTIFICATE: file,
      MUSTER_KUBELET_KEY: file,
      /** The authority that signed the API server's kubelet client certificate, and the name in it. */
      MUSTER_KUBELET_CLIENT_CA: file,
      MUSTER_KUBELET_CLIENT_NAME: z.string().default('kube-apiserver-kubelet-client'),
    },
    environment,
  );
}
