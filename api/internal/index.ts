/** The handlers of the internal API: what operators do. A translation, with no decision of its own. */
import { demand, revenue, supply, unmetDemand, utilisation } from '@muster/analytics';
import { follow, type Waker } from '@muster/api-feed';
import type { ApiHandlers } from '@muster/api-http';
import { leasesWithPlaces, workersWithLeases, workerWithLease } from '@muster/api-views';
import { leasesOfCluster } from '@muster/assembly';
import { adminListAudit, verifyAudit } from '@muster/audit';
import { grantCredit, searchLedger } from '@muster/billing';
import { discardDeadLetter, listDeadLetters, replayAllDeadLetters, replayDeadLetter } from '@muster/broker';
import { getModel } from '@muster/catalogue';
import { adminGetCluster, adminListClusters, adminTerminateCluster } from '@muster/clusters';
import type { Check } from '@muster/common';
import type { internalApi } from '@muster/contract';
import { adminListOrganizations, setDeviceQuota } from '@muster/customers';
import { decodeSequence, pageOf, timeline } from '@muster/events';
import { checkInvariants } from '@muster/invariants';
import { listPriceBook, previewBasePrice, setBasePrice } from '@muster/pricing';
import {
  adminListPools,
  adminListWorkers,
  attachPool,
  attest,
  blockWorker,
  fleet,
  floorCounts,
  getWorker,
  listAttestations,
  revokeAttestation,
  setServiceTier,
  supplyCounts,
  unblockWorker,
  type WorkersContext,
} from '@muster/workers';
import { healthOf } from './health.ts';
import { organizationOverview } from './organizations.ts';
import { poolReaders } from './pools.ts';

export interface InternalParts {
  secretsKey: Buffer;
  /** The orchestrator's streams. */
  streamsUrl: string;
  /** The engines and processes whose health is shown, by name. */
  health: Record<string, Check>;
  waker: Pick<Waker, 'on'>;
}

export function internalHandlers(
  context: WorkersContext,
  { secretsKey, streamsUrl, health, waker }: InternalParts,
): ApiHandlers<typeof internalApi> {
  const { db } = context;
  return {
    workers: {
      fleet: async () => ({ items: await fleet(context) }),
      list: async ({ query }) => {
        const page = await adminListWorkers(context, query);
        return { ...page, items: await workersWithLeases(context, page.items) };
      },
      get: async ({ actor, params }) => workerWithLease(context, await getWorker(context, actor, params.workerId)),
      block: async ({ actor, params, body }) =>
        workerWithLease(context, await blockWorker(context, actor, params.workerId, body.reason)),
      unblock: async ({ actor, params, body }) =>
        workerWithLease(context, await unblockWorker(context, actor, params.workerId, body.reason)),
      setServiceTier: async ({ actor, params, body }) =>
        workerWithLease(context, await setServiceTier(context, actor, params.workerId, body.serviceTier)),
    },
    clusters: {
      list: ({ query }) => adminListClusters(context, query),
      get: ({ params }) => adminGetCluster(context, params.clusterId),
      timeline: async ({ params, query }) => {
        const { id } = await adminGetCluster(context, params.clusterId);
        return timeline(db, { kind: 'cluster', id }, query);
      },
      leases: async ({ params }) => {
        const { id } = await adminGetCluster(context, params.clusterId);
        return { items: await leasesWithPlaces(context, await leasesOfCluster(db, id)) };
      },
      terminate: ({ actor, params, body }) => adminTerminateCluster(context, actor, params.clusterId, body),
    },
    organizations: {
      list: ({ actor, query }) => adminListOrganizations(context, actor, query),
      get: ({ actor, params }) => organizationOverview(context, actor, params.organizationId),
      setQuota: ({ actor, params, body }) => setDeviceQuota(context, actor, { ...params, ...body }),
      credit: ({ actor, params, body }) => grantCredit(context, actor, { ...params, ...body }),
    },
    ledger: {
      list: ({ query }) => searchLedger(context, query),
    },
    attestations: {
      list: ({ query }) => listAttestations(context, query),
      attest: ({ actor, body }) => attest(context, actor, body),
      revoke: async ({ actor, params }) => void (await revokeAttestation(context, actor, params.attestationId)),
    },
    priceBook: {
      list: async () => ({ items: await listPriceBook(context) }),
      set: ({ actor, body }) => setBasePrice(context, actor, body),
      preview: async ({ body }) => {
        const { id } = await getModel(db, body.modelId);
        const inForce = (await listPriceBook(context)).find(({ modelId }) => modelId === id);
        const [supply, floors] = await Promise.all([supplyCounts(db), floorCounts(db, id)]);
        return previewBasePrice(body, inForce?.priceMicroUsdPerHour, supply, floors);
      },
    },
    deadLetters: {
      list: async ({ query }) => {
        const before = query.cursor === undefined ? {} : { before: decodeSequence(query.cursor) };
        const letters = await listDeadLetters(db, { ...before, limit: query.limit + 1 });
        return pageOf(
          letters,
          query.limit,
          (letter) => letter.id,
          (letter) => letter,
        );
      },
      replay: async ({ body }) => {
        if (!body.ids) return { replayed: await replayAllDeadLetters(db) };
        for (const id of body.ids) await replayDeadLetter(db, id);
        return { replayed: body.ids.length };
      },
      discard: ({ params }) => discardDeadLetter(db, params.deadLetterId),
    },
    events: { follow: follow(context, waker, () => 'all') },
    pools: {
      list: async () => ({ items: await adminListPools(context) }),
      attach: ({ actor, body }) => attachPool(context, actor, secretsKey, body),
    },
    analytics: {
      supply: async ({ query }) => ({ items: await supply(context, query) }),
      demand: async ({ query }) => ({ items: await demand(context, query) }),
      unmetDemand: async ({ query }) => ({ items: await unmetDemand(context, query) }),
      utilisation: async ({ query }) => ({ items: await utilisation(context, query) }),
      revenue: async ({ query }) => ({ items: await revenue(context, query) }),
    },
    audit: {
      list: ({ actor, query }) => {
        const { organizationId, ...page } = query;
        return adminListAudit(context, actor, page, { organizationId });
      },
      verify: () => verifyAudit(context),
    },
    system: {
      invariants: async ({ identityToken }) => ({
        items: await checkInvariants(context, { pools: await poolReaders(context, streamsUrl, identityToken ?? '') }),
      }),
      health: () => healthOf(health),
    },
  };
}
