/** What suppliers do: join machines, see why one is not earning, set their terms. */
import { z } from 'zod';
import { route } from '../route.ts';
import { EventPage } from '../schemas/event.ts';
import { workerFilter } from '../schemas/filters.ts';
import { MarketPriceList } from '../schemas/market.ts';
import { Earnings } from '../schemas/money.ts';
import { EnrolmentTokenId, ModelId, Page, PoolId, page, span, WorkerId } from '../schemas/primitives.ts';
import {
  CreatedEnrolmentToken,
  Enrolled,
  Enrolment,
  EnrolmentToken,
  EnrolmentTokenPage,
  NewEnrolmentToken,
  NewPool,
  Pool,
  PoolList,
  Renewal,
  RenewedCertificate,
  Uptime,
  Worker,
  WorkerChange,
  WorkerLeasePage,
  WorkerPage,
} from '../schemas/worker.ts';

export const enrolmentTokens = {
  create: route({
    method: 'post',
    path: '/enrolment-tokens',
    summary: 'Make a token by which one machine joins',
    description: 'The token is shown in this answer and never again.',
    access: { scope: 'workers:write' },
    body: NewEnrolmentToken,
    answer: CreatedEnrolmentToken,
    status: 201,
    errors: ['not_found', 'unavailable'],
    shownOnce: true,
  }),
  list: route({
    method: 'get',
    path: '/enrolment-tokens',
    summary: 'List the tokens',
    access: { scope: 'workers:read' },
    query: Page,
    answer: EnrolmentTokenPage,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/enrolment-tokens/{enrolmentTokenId}',
    summary: 'Read a token: whether it was used, and by which worker',
    access: { scope: 'workers:read' },
    params: z.strictObject({ enrolmentTokenId: EnrolmentTokenId }),
    answer: EnrolmentToken,
    errors: ['not_found'],
  }),
  revoke: route({
    method: 'delete',
    path: '/enrolment-tokens/{enrolmentTokenId}',
    summary: 'Revoke a token that was not used',
    access: { scope: 'workers:write' },
    params: z.strictObject({ enrolmentTokenId: EnrolmentTokenId }),
    errors: ['not_found', 'conflict'],
  }),
};

export const agents = {
  enrol: route({
    method: 'post',
    path: '/enrolments',
    summary: 'Join: a token and a certificate request for a certificate',
    access: { anyone: true },
    body: Enrolment,
    answer: Enrolled,
    status: 201,
    errors: ['unauthenticated', 'expired'],
    shownOnce: true,
  }),
  renew: route({
    method: 'post',
    path: '/certificates/renew',
    summary: "Renew a worker's certificate before it ends",
    access: { scope: 'agent:connect' },
    body: Renewal,
    answer: RenewedCertificate,
    status: 201,
    errors: ['not_found'],
    shownOnce: true,
  }),
  connect: route({
    method: 'get',
    path: '/agent/connect',
    summary: "An agent's connection",
    description: 'A WebSocket over mutual TLS, held open by the agent.',
    access: { scope: 'agent:connect' },
    stream: 'websocket',
    errors: [],
    servedBy: 'node-bridge',
  }),
};

const one = z.strictObject({ workerId: WorkerId });

const action = <const Path extends `/${string}`>(path: Path, summary: string) =>
  route({
    method: 'post',
    path,
    summary,
    access: { scope: 'workers:write' },
    params: one,
    body: z.strictObject({}),
    answer: Worker,
    errors: ['not_found', 'conflict', 'illegal_transition'],
  });

export const workers = {
  list: route({
    method: 'get',
    path: '/workers',
    summary: 'List your workers',
    access: { scope: 'workers:read' },
    query: z.strictObject({ ...page, ...workerFilter }),
    answer: WorkerPage,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/workers/{workerId}',
    summary: 'Read a worker, with what keeps it from earning',
    access: { scope: 'workers:read' },
    params: one,
    answer: Worker,
    errors: ['not_found'],
    versioned: true,
  }),
  update: route({
    method: 'patch',
    path: '/workers/{workerId}',
    summary: 'Change its name or its floor price',
    access: { scope: 'workers:write' },
    params: one,
    body: WorkerChange,
    answer: Worker,
    errors: ['not_found', 'conflict'],
    versioned: true,
  }),
  pause: action('/workers/{workerId}/pause', 'Take no new leases until resumed'),
  resume: action('/workers/{workerId}/resume', 'Take leases again'),
  drain: action('/workers/{workerId}/drain', 'Finish the lease it serves, and take no other'),
  timeline: route({
    method: 'get',
    path: '/workers/{workerId}/events',
    summary: 'What happened to it, oldest first',
    access: { scope: 'workers:read' },
    params: one,
    query: Page,
    answer: EventPage,
    errors: ['not_found'],
  }),
  leases: route({
    method: 'get',
    path: '/workers/{workerId}/leases',
    summary: 'The leases that it served, newest first',
    access: { scope: 'workers:read' },
    params: one,
    query: Page,
    answer: WorkerLeasePage,
    errors: ['not_found'],
  }),
  uptime: route({
    method: 'get',
    path: '/workers/{workerId}/uptime',
    summary: 'How long it was up on each of the last 30 days, oldest first',
    description: 'In UTC, from its events; a day before it joined is not listed.',
    access: { scope: 'workers:read' },
    params: one,
    answer: Uptime,
    errors: ['not_found'],
  }),
};

export const earnings = {
  list: route({
    method: 'get',
    path: '/earnings',
    summary: 'What your workers earned, by day and worker',
    access: { scope: 'workers:read' },
    query: z.strictObject({ ...span, workerId: WorkerId.optional() }),
    answer: Earnings,
    errors: [],
  }),
};

export const pools = {
  list: route({
    method: 'get',
    path: '/pools',
    summary: 'List your pools',
    access: { scope: 'workers:read' },
    answer: PoolList,
    errors: [],
  }),
  attach: route({
    method: 'post',
    path: '/pools',
    summary: 'Attach a Kubernetes cluster: its nodes with devices become workers',
    access: { scope: 'workers:write' },
    body: NewPool,
    answer: Pool,
    status: 201,
    errors: ['already_exists', 'forbidden', 'quota_exceeded'],
  }),
  detach: route({
    method: 'delete',
    path: '/pools/{poolId}',
    summary: 'Detach a pool without live leases',
    access: { scope: 'workers:write' },
    params: z.strictObject({ poolId: PoolId }),
    errors: ['not_found', 'conflict', 'illegal_transition'],
  }),
};

export const market = {
  list: route({
    method: 'get',
    path: '/market',
    summary: 'What the market pays for a device-hour now, by model and region',
    access: { scope: 'workers:read' },
    query: z.strictObject({ modelId: ModelId.optional() }),
    answer: MarketPriceList,
    errors: [],
  }),
};
