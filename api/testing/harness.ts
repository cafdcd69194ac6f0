/** An API on a real database, called as the gateway calls it. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiHandlers, createApi, identityHeader, signIdentity } from '@muster/api-http';
import {
  type Actor,
  createIds,
  createLogger,
  createMetrics,
  type Registry,
  type Scope,
  scopes,
  systemClock,
} from '@muster/common';
import type { Contract } from '@muster/contract';
import { signUp } from '@muster/customers';
import type { Context } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';

export interface ApiHarness {
  context: Context;
  database: TestDatabase;
  url: string;
  metrics: Registry;
  /** What the API verifies identities with. */
  identityKey: KeyObject;
  /** Signs up a person with an organization of its own, who may do everything unless told otherwise. */
  person(granted?: readonly Scope[]): Promise<Actor>;
  /** The headers of a call in somebody's name. */
  as(actor: Actor, requestId?: string): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts an API of these handlers on any free port. */
export async function startApi<Api extends Contract>(
  contract: Api,
  handlersOf: (context: Context) => ApiHandlers<Api>,
): Promise<ApiHarness> {
  const database = await createTestDatabase();
  const context: Context = { db: database.db, clock: systemClock, ids: createIds(systemClock) };
  const keys = generateKeyPairSync('ed25519');
  const metrics = createMetrics('test');
  const stopping = new AbortController();
  const api = createApi(contract, handlersOf(context), {
    context,
    identityKey: keys.publicKey,
    log: createLogger('test', process.env.MUSTER_LOG_LEVEL ?? 'silent'),
    metrics,
    signal: stopping.signal,
  });
  const server = createServer(api.app);
  server.on('upgrade', api.upgrade);
  const port = await listen(server);
  let people = 0;
  return {
    context,
    database,
    url: `http://127.0.0.1:${port}`,
    metrics,
    identityKey: keys.publicKey,
    async person(granted = scopes) {
      const number = ++people;
      const { person, organization } = await signUp(context, {
        email: `person${number}@example.test`,
        password: 'a password for tests',
        name: `Person ${number}`,
        organizationName: `Organization ${number}`,
      });
      return { id: person.id, kind: 'person', organizationId: organization.id, scopes: new Set(granted) };
    },
    as: (actor, requestId = 'req_test') => headersOf(actor, requestId, keys.privateKey),
    async stop() {
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.drop();
    },
  };
}

async function headersOf(actor: Actor, requestId: string, key: KeyObject): Promise<Record<string, string>> {
  return { [identityHeader]: await signIdentity({ actor, requestId }, key, systemClock.now()) };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
