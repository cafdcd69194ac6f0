/** The handlers of the private API: what suppliers do. A translation, with no decision of its own. */
import type { ApiHandlers } from '@muster/api-http';
import { workersWithLeases, workerWithLease } from '@muster/api-views';
import { leasesOfWorker } from '@muster/assembly';
import { earnings } from '@muster/billing';
import { type Actor, DomainError } from '@muster/common';
import type { privateApi } from '@muster/contract';
import { decodeCursor, pageOf } from '@muster/events';
import { marketPrices } from '@muster/pricing';
import {
  attachPool,
  createEnrolmentToken,
  detachPool,
  drainWorker,
  enrol,
  getEnrolmentToken,
  getWorker,
  listEnrolmentTokens,
  listPools,
  listWorkers,
  type Platform,
  pauseWorker,
  renewCertificate,
  resumeWorker,
  revokeEnrolmentToken,
  updateWorker,
  type Worker,
  type WorkersContext,
  workerTimeline,
  workerUptime,
} from '@muster/workers';

export function privateHandlers(
  context: WorkersContext,
  { platform, secretsKey }: { platform: Platform; secretsKey: Buffer },
): ApiHandlers<typeof privateApi> {
  const act =
    (change: (context: WorkersContext, actor: Actor, workerId: string) => Promise<Worker>) =>
    async ({ actor, params }: { actor: Actor; params: { workerId: string } }) =>
      workerWithLease(context, await change(context, actor, params.workerId));
  return {
    enrolmentTokens: {
      create: ({ actor, body }) => createEnrolmentToken(context, actor, body),
      list: ({ actor, query }) => listEnrolmentTokens(context, actor, query),
      get: ({ actor, params }) => getEnrolmentToken(context, actor, params.enrolmentTokenId),
      revoke: ({ actor, params }) => revokeEnrolmentToken(context, actor, params.enrolmentTokenId),
    },
    agents: {
      enrol: ({ body }) => enrol(context, platform, body),
      renew: ({ actor, body }) => renewCertificate(context, platform.authority, actor, body.csr),
    },
    workers: {
      list: async ({ actor, query }) => {
        const page = await listWorkers(context, actor, query);
        return { ...page, items: await workersWithLeases(context, page.items) };
      },
      get: act(getWorker),
      update: async ({ actor, params, body, expectedVersion }) => {
        const { version } = await getWorker(context, actor, params.workerId);
        if (expectedVersion !== undefined && version !== expectedVersion) {
          throw new DomainError('precondition_failed', `The worker is at version ${version}, not ${expectedVersion}.`, {
            fix: 'Read it again, and decide anew.',
          });
        }
        return workerWithLease(context, await updateWorker(context, actor, params.workerId, body));
      },
      pause: act(pauseWorker),
      resume: act(resumeWorker),
      drain: act(drainWorker),
      timeline: ({ actor, params, query }) => workerTimeline(context, actor, params.workerId, query),
      leases: async ({ actor, params, query }) => {
        const { id } = await getWorker(context, actor, params.workerId);
        const before = query.cursor === undefined ? {} : { before: decodeCursor(query.cursor) };
        const leases = await leasesOfWorker(context.db, id, { ...before, limit: query.limit + 1 });
        return pageOf(
          leases,
          query.limit,
          (lease) => lease.id,
          (lease) => lease,
        );
      },
      uptime: async ({ actor, params }) => ({ items: await workerUptime(context, actor, params.workerId) }),
    },
    earnings: {
      list: ({ actor, query }) => earnings(context, actor, query),
    },
    pools: {
      list: async ({ actor }) => ({ items: await listPools(context, actor) }),
      attach: ({ actor, body }) => attachPool(context, actor, secretsKey, body),
      detach: async ({ actor, params }) => void (await detachPool(context, actor, params.poolId)),
    },
    market: {
      list: async ({ query }) => ({ items: await marketPrices(context, query) }),
    },
  };
}
