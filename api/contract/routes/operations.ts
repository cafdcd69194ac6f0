/** What operators do: see all of supply, demand, money and faults, and act on them. */
import { subjectKinds } from '@muster/common';
import { z } from 'zod';
import { route } from '../route.ts';
import { Organization, OrganizationPage } from '../schemas/account.ts';
import { Cluster, ClusterPage, ClusterState, LeaseList, Termination } from '../schemas/cluster.ts';
import { AuditPage, EventPage } from '../schemas/event.ts';
import { workerFilter } from '../schemas/filters.ts';
import { LedgerPage } from '../schemas/money.ts';
import {
  Attestation,
  AttestationPage,
  AuditVerification,
  BasePrice,
  Because,
  Credit,
  DeadLetterPage,
  DemandSeries,
  Fleet,
  Health,
  InvariantList,
  NewAttestation,
  NewBasePrice,
  NewCredit,
  OrganizationOverview,
  PriceBook,
  PricePreview,
  QuotaChange,
  Replay,
  Replayed,
  RevenueSeries,
  SeriesQuery,
  ServiceTierChange,
  SupplySeries,
  UnmetDemandSeries,
  UtilisationSeries,
} from '../schemas/operations.ts';
import {
  AttestationId,
  ClusterId,
  Country,
  Flag,
  listOf,
  ModelId,
  OrganizationId,
  Page,
  PoolId,
  page,
  Sequence,
  WorkerId,
} from '../schemas/primitives.ts';
import { NewPool, Pool, PoolList, Worker, WorkerPage } from '../schemas/worker.ts';

const read = { scope: 'operator:read' } as const;
const write = { scope: 'operator:write' } as const;

const worker = z.strictObject({ workerId: WorkerId });
export const workers = {
  fleet: route({
    method: 'get',
    path: '/fleet',
    summary: 'Every worker in few words, in one answer',
    description: 'For tables and maps of the whole fleet; workers that have been inactive are part of it.',
    access: read,
    answer: Fleet,
    errors: [],
  }),
  list: route({
    method: 'get',
    path: '/workers',
    summary: 'List all workers',
    access: read,
    query: z.strictObject({
      ...page,
      ...workerFilter,
      organizationId: OrganizationId.optional(),
      poolId: PoolId.optional(),
      modelId: ModelId.optional(),
      country: Country.optional(),
    }),
    answer: WorkerPage,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/workers/{workerId}',
    summary: 'Read a worker',
    access: read,
    params: worker,
    answer: Worker,
    errors: ['not_found'],
  }),
  block: route({
    method: 'post',
    path: '/workers/{workerId}/block',
    summary: 'Keep a worker from every lease',
    access: write,
    params: worker,
    body: Because,
    answer: Worker,
    errors: ['not_found', 'conflict'],
  }),
  unblock: route({
    method: 'post',
    path: '/workers/{workerId}/unblock',
    summary: 'Admit a blocked worker again',
    access: write,
    params: worker,
    body: Because,
    answer: Worker,
    errors: ['not_found', 'conflict'],
  }),
  setServiceTier: route({
    method: 'post',
    path: '/workers/{workerId}/service-tier',
    summary: 'Say which tier of service a worker may serve',
    access: write,
    params: worker,
    body: ServiceTierChange,
    answer: Worker,
    errors: ['not_found', 'conflict'],
  }),
};

const cluster = z.strictObject({ clusterId: ClusterId });
export const clusters = {
  list: route({
    method: 'get',
    path: '/clusters',
    summary: "List everybody's clusters, newest first",
    access: read,
    query: z.strictObject({
      ...page,
      organizationId: OrganizationId.optional(),
      state: listOf(ClusterState, 11).optional(),
      live: Flag.optional(),
    }),
    answer: ClusterPage,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/clusters/{clusterId}',
    summary: 'Read a cluster',
    access: read,
    params: cluster,
    answer: Cluster,
    errors: ['not_found'],
  }),
  timeline: route({
    method: 'get',
    path: '/clusters/{clusterId}/events',
    summary: 'What happened to it, oldest first',
    access: read,
    params: cluster,
    query: Page,
    answer: EventPage,
    errors: ['not_found'],
  }),
  leases: route({
    method: 'get',
    path: '/clusters/{clusterId}/leases',
    summary: 'The leases that it holds and held',
    access: read,
    params: cluster,
    answer: LeaseList,
    errors: ['not_found'],
  }),
  terminate: route({
    method: 'post',
    path: '/clusters/{clusterId}/terminate',
    summary: 'Stop a cluster in the name of the operator',
    access: write,
    params: cluster,
    body: Termination,
    answer: Cluster,
    errors: ['not_found', 'conflict', 'illegal_transition'],
  }),
};

const organization = z.strictObject({ organizationId: OrganizationId });
export const organizations = {
  list: route({
    method: 'get',
    path: '/organizations',
    summary: 'List the organizations',
    access: read,
    query: Page,
    answer: OrganizationPage,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/organizations/{organizationId}',
    summary: 'An organization with its money, members, clusters and workers',
    access: read,
    params: organization,
    answer: OrganizationOverview,
    errors: ['not_found'],
  }),
  setQuota: route({
    method: 'patch',
    path: '/organizations/{organizationId}',
    summary: 'Set the most devices that it may lease at once',
    access: write,
    params: organization,
    body: QuotaChange,
    answer: Organization,
    errors: ['not_found'],
  }),
  credit: route({
    method: 'post',
    path: '/organizations/{organizationId}/credits',
    summary: 'Grant credit',
    access: write,
    params: organization,
    body: NewCredit,
    answer: Credit,
    status: 201,
    errors: ['not_found', 'idempotency_conflict'],
  }),
};

export const ledger = {
  list: route({
    method: 'get',
    path: '/ledger',
    summary: 'Search the ledger, newest entries first',
    access: read,
    query: z.strictObject({
      ...page,
      organizationId: OrganizationId.optional(),
      clusterId: ClusterId.optional(),
      transactionId: z
        .string()
        .regex(/^ltx_[0-9a-z]{26}$/, 'must be an id that begins with ltx_')
        .optional(),
    }),
    answer: LedgerPage,
    errors: [],
  }),
};

export const attestations = {
  list: route({
    method: 'get',
    path: '/attestations',
    summary: 'List the attestations',
    access: read,
    query: z.strictObject({ ...page, workerId: WorkerId.optional(), poolId: PoolId.optional() }),
    answer: AttestationPage,
    errors: [],
  }),
  attest: route({
    method: 'post',
    path: '/attestations',
    summary: 'Attest that a worker, or every worker of a pool, meets a compliance',
    access: write,
    body: NewAttestation,
    answer: Attestation,
    status: 201,
    errors: ['not_found', 'already_exists'],
  }),
  revoke: route({
    method: 'delete',
    path: '/attestations/{attestationId}',
    summary: 'Revoke an attestation',
    access: write,
    params: z.strictObject({ attestationId: AttestationId }),
    errors: ['not_found'],
  }),
};

export const priceBook = {
  list: route({
    method: 'get',
    path: '/price-book',
    summary: 'The base prices in force',
    access: read,
    answer: PriceBook,
    errors: [],
  }),
  set: route({
    method: 'post',
    path: '/price-book',
    summary: 'Set the base price of a model from now on',
    access: write,
    body: NewBasePrice,
    answer: BasePrice,
    status: 201,
    errors: ['not_found'],
  }),
  preview: route({
    method: 'post',
    path: '/price-book/preview',
    summary: 'What a base price would do, without setting it',
    access: read,
    body: NewBasePrice,
    answer: PricePreview,
    errors: ['not_found'],
    asks: true,
  }),
};

/** What happens in every organization. */
export const events = {
  follow: route({
    method: 'get',
    path: '/events',
    summary: 'What happens in every organization, as it happens',
    description: 'As the public API’s feed, for operators.',
    access: read,
    query: z.strictObject({ subject: listOf(z.enum(subjectKinds), subjectKinds.length).optional() }),
    stream: 'text/event-stream',
    resumable: true,
    errors: ['unavailable'],
  }),
};

export const deadLetters = {
  list: route({
    method: 'get',
    path: '/dead-letters',
    summary: 'Messages that nobody could handle, newest first',
    access: read,
    query: Page,
    answer: DeadLetterPage,
    errors: [],
  }),
  replay: route({
    method: 'post',
    path: '/dead-letters/replay',
    summary: 'Send dead letters back to the queues that gave them up',
    access: write,
    body: Replay,
    answer: Replayed,
    errors: ['not_found'],
  }),
  discard: route({
    method: 'delete',
    path: '/dead-letters/{deadLetterId}',
    summary: 'Throw a dead letter away',
    access: write,
    params: z.strictObject({ deadLetterId: Sequence }),
    errors: ['not_found'],
  }),
};

export const pools = {
  list: route({
    method: 'get',
    path: '/pools',
    summary: 'List all pools',
    access: read,
    answer: PoolList,
    errors: [],
  }),
  attach: route({
    method: 'post',
    path: '/pools',
    summary: 'Attach a Kubernetes cluster: its nodes with devices become workers',
    access: write,
    body: NewPool,
    answer: Pool,
    status: 201,
    errors: ['already_exists'],
  }),
};

export const analytics = {
  supply: route({
    method: 'get',
    path: '/analytics/supply',
    summary: 'Cluster-ready and hired devices over time',
    access: read,
    query: SeriesQuery,
    answer: SupplySeries,
    errors: [],
  }),
  demand: route({
    method: 'get',
    path: '/analytics/demand',
    summary: 'Clusters and devices asked for and given',
    access: read,
    query: SeriesQuery,
    answer: DemandSeries,
    errors: [],
  }),
  unmetDemand: route({
    method: 'get',
    path: '/analytics/unmet-demand',
    summary: 'Requests that found no supply',
    access: read,
    query: SeriesQuery,
    answer: UnmetDemandSeries,
    errors: [],
  }),
  utilisation: route({
    method: 'get',
    path: '/analytics/utilisation',
    summary: 'How much of the ready supply was hired',
    access: read,
    query: SeriesQuery,
    answer: UtilisationSeries,
    errors: [],
  }),
  revenue: route({
    method: 'get',
    path: '/analytics/revenue',
    summary: 'Charges, fees and earnings over time',
    access: read,
    query: SeriesQuery,
    answer: RevenueSeries,
    errors: [],
  }),
};

export const audit = {
  list: route({
    method: 'get',
    path: '/audit',
    summary: 'Who called what, in every organization, newest first',
    access: read,
    query: z.strictObject({ ...page, organizationId: OrganizationId.optional() }),
    answer: AuditPage,
    errors: [],
  }),
  verify: route({
    method: 'get',
    path: '/audit/verification',
    summary: 'Walk the chain of the audit and tell where it breaks, if it does',
    access: read,
    answer: AuditVerification,
    errors: [],
  }),
};

export const system = {
  invariants: route({
    method: 'get',
    path: '/invariants',
    summary: 'Check what must always hold over the live system',
    access: read,
    answer: InvariantList,
    errors: [],
  }),
  health: route({
    method: 'get',
    path: '/health',
    summary: 'The state of every process, engine and queue',
    access: read,
    answer: Health,
    errors: [],
  }),
};
