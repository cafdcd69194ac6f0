/** The gateway's settings. */
import { baseConfig, databaseConfig, redisConfig } from '@muster/common';
import { z } from 'zod';

/** A comma-separated list of addresses and networks: `10.0.0.0/8, 2001:db8::/32`. */
const networks = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
const points = (perWindow: number) => z.coerce.number().int().min(1).default(perWindow);
const port = (number: number) => z.coerce.number().int().min(0).max(65_535).default(number);
const milliseconds = (count: number) => z.coerce.number().int().min(1).default(count);
const upstream = z.url({ protocol: /^https?$/ });
const certificate = z.string().startsWith('-----BEGIN CERTIFICATE-----');
const privateKey = z.string().regex(/^-----BEGIN (EC |RSA )?PRIVATE KEY-----/, 'must be a private key in PEM');

export const gatewayConfig = {
  ...baseConfig,
  ...databaseConfig,
  ...redisConfig,
  MUSTER_GATEWAY_HOST: z.string().default('127.0.0.1'),
  MUSTER_GATEWAY_PORT: port(8080),
  /** PEM files; with both, the gateway speaks HTTPS itself. */
  MUSTER_TLS_CERTIFICATE_FILE: z.string().min(1).optional(),
  MUSTER_TLS_KEY_FILE: z.string().min(1).optional(),

  /** The mutual TLS listener of the agents; it is there when the three PEM texts are. */
  MUSTER_GATEWAY_WORKERS_PORT: port(8443),
  MUSTER_GATEWAY_WORKERS_CERTIFICATE: certificate.optional(),
  MUSTER_GATEWAY_WORKERS_KEY: privateKey.optional(),
  MUSTER_CA_CERTIFICATE: certificate.optional(),

  MUSTER_PUBLIC_URL: upstream,
  MUSTER_PRIVATE_URL: upstream,
  MUSTER_INTERNAL_URL: upstream,
  MUSTER_NODE_BRIDGE_URL: upstream,
  /** A folder with the built web; without it `/` names the APIs. */
  MUSTER_WEB_ROOT: z.string().min(1).optional(),

  /** Signs cookies and access tokens. Changing it logs everybody out. */
  MUSTER_SESSION_SECRET: z.string().min(32),

  /** When it names any, only these get in. */
  MUSTER_FIREWALL_ALLOW: networks,
  /** These never get in. */
  MUSTER_FIREWALL_DENY: networks,
  /** Proxies in front of the gateway, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  MUSTER_TRUSTED_PROXIES: networks,
  MUSTER_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024 * 1024),
  MUSTER_MAX_HEADER_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(16 * 1024),
  MUSTER_MAX_HEADERS: z.coerce.number().int().min(10).default(100),
  MUSTER_HEADERS_TIMEOUT_MS: milliseconds(10_000),
  MUSTER_REQUEST_TIMEOUT_MS: milliseconds(30_000),
  /** How long a service may take until its answer begins. */
  MUSTER_UPSTREAM_TIMEOUT_MS: milliseconds(60_000),
  /** How often the credential of a request that lasts is looked at again. */
  MUSTER_RECHECK_MS: milliseconds(10_000),

  /** Requests per minute of an address without credentials, and of an actor. */
  MUSTER_LIMIT_VISITOR: points(300),
  MUSTER_LIMIT_ACTOR: points(1_200),
  /** Requests, streams and WebSockets that an address without credentials, or an actor, has open at once on one gateway. */
  MUSTER_LIMIT_OPEN: points(200),
  /** Changes per minute of a whole organization. */
  MUSTER_LIMIT_WRITES: points(600),
  /** Wrong credentials per minute of an address. */
  MUSTER_LIMIT_FAILURES: points(60),
  /** Logins per quarter of an hour, of an account and of an address. */
  MUSTER_LIMIT_LOGINS_ACCOUNT: points(20),
  MUSTER_LIMIT_LOGINS_ADDRESS: points(100),
  /** Organizations signed up per hour from an address. */
  MUSTER_LIMIT_SIGNUPS: points(60),
};

export type GatewayConfig = z.output<z.ZodObject<typeof gatewayConfig>>;
