/** Suppliers' machines: workers, how they join, and the pools they are in. */
import { readinessSteps, workerOrigins, workerStatuses } from '@muster/common';
import { z } from 'zod';
import { Compliance, ConnectivityTier, ServiceTier } from './cluster.ts';
import {
  Country,
  Currency,
  Day,
  DeviceId,
  EnrolmentTokenId,
  Instant,
  JsonObject,
  LeaseId,
  listAnswer,
  MicroUsd,
  ModelId,
  NonNegativeMicroUsd,
  nameOf,
  OrganizationId,
  PoolId,
  pageOf,
  Region,
  WorkerId,
} from './primitives.ts';

export const Rule = z
  .object({
    check: z.string(),
    required: z.string(),
    actual: z.string(),
    why: z.string(),
    fix: z.string(),
  })
  .meta({ id: 'Rule', description: 'What keeps a worker from the next step of readiness, and what to do.' });

export const Device = z
  .object({ id: DeviceId, index: z.number().int(), modelId: ModelId, uuid: z.string().nullable() })
  .meta({ id: 'Device' });

export const Worker = z
  .object({
    id: WorkerId,
    organizationId: OrganizationId,
    poolId: PoolId,
    name: z.string(),
    origin: z.enum(workerOrigins),
    simulated: z.boolean(),
    status: z.enum(workerStatuses),
    readiness: z.enum(readinessSteps),
    nextStep: z.enum(readinessSteps).nullable().describe('The step that it is stuck below.'),
    rules: z.array(Rule).describe('What keeps it from that step.'),
    connected: z.boolean(),
    modelId: ModelId.nullable(),
    deviceCount: z.number().int(),
    devices: z.array(Device),
    country: Country,
    region: Region,
    site: z.string().nullable(),
    networkDomain: z.string().nullable(),
    serviceTier: ServiceTier,
    compliance: z.array(Compliance),
    downMbps: z.number().nullable().describe('Measured.'),
    upMbps: z.number().nullable().describe('Measured.'),
    connectivityTier: ConnectivityTier.nullable(),
    floorMicroUsdPerHour: MicroUsd.describe('It is never leased for less.'),
    leaseId: LeaseId.nullable().describe('The lease it serves now.'),
    facts: JsonObject.describe('What the machine says of itself.'),
    version: z.number().int(),
    lastSeenAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Worker' });
export const WorkerPage = pageOf('WorkerPage', Worker);

export const WorkerLease = z
  .object({
    id: LeaseId,
    workerId: WorkerId,
    devices: z.number().int(),
    state: z.string(),
    outcome: z.string().nullable(),
    priceMicroUsdPerDeviceHour: MicroUsd,
    currency: Currency,
    heldAt: Instant,
    activeAt: Instant.nullable(),
    releasedAt: Instant.nullable(),
  })
  .meta({ id: 'WorkerLease', description: 'A lease as its supplier sees it: not whose cluster it is.' });
export const WorkerLeasePage = pageOf('WorkerLeasePage', WorkerLease);

export const Uptime = listAnswer(
  'Uptime',
  z.object({
    day: Day,
    upSeconds: z.number().describe('Connected and in order: `idle`, `running`, `paused` or `draining`.'),
    downSeconds: z.number().describe('`down`, `blocked`, `unsupported` or `inactive`.'),
  }),
);

export const WorkerChange = z
  .strictObject({ name: nameOf(63).optional(), floorMicroUsdPerHour: NonNegativeMicroUsd.optional() })
  .meta({ id: 'WorkerChange' });

const tokenShape = {
  id: EnrolmentTokenId,
  name: z.string().nullable(),
  country: Country,
  poolId: PoolId,
  floorMicroUsdPerHour: MicroUsd,
  createdAt: Instant,
  expiresAt: Instant,
};
export const EnrolmentToken = z
  .object({ ...tokenShape, usedAt: Instant.nullable(), workerId: WorkerId.nullable() })
  .meta({ id: 'EnrolmentToken' });
export const EnrolmentTokenPage = pageOf('EnrolmentTokenPage', EnrolmentToken);
export const NewEnrolmentToken = z
  .strictObject({
    name: nameOf(63).optional().describe('The name of the worker that will join by it.'),
    country: Country,
    floorMicroUsdPerHour: NonNegativeMicroUsd.optional(),
    poolId: PoolId.optional(),
  })
  .meta({ id: 'NewEnrolmentToken' });
export const CreatedEnrolmentToken = z
  .object({ ...tokenShape, token: z.string().describe('The token itself, for one worker. It is shown only now.') })
  .meta({ id: 'CreatedEnrolmentToken' });

const text = (most: number) => z.string().max(most);
const count = z.number().int().min(0);
/** As the agent sends them; what it declares is never trusted. */
export const WorkerFacts = z
  .strictObject({
    agentVersion: text(40),
    hostname: text(253),
    os: text(200),
    kernel: text(200),
    architecture: text(40),
    cpuModel: text(200),
    cpuCores: z.number().int().min(1).max(4096),
    memoryBytes: count,
    diskBytes: count,
    diskFreeBytes: count,
    gpus: z
      .array(
        z.strictObject({
          index: count,
          uuid: text(100),
          name: text(100),
          memoryMib: count,
          driverVersion: text(40),
          computeCapability: text(10).optional(),
          migProfile: text(40).optional(),
        }),
      )
      .max(128),
    cudaVersion: text(20).optional(),
    engine: z.strictObject({ name: z.enum(['podman', 'docker']), version: text(60), cgroups: text(20) }),
  })
  .meta({ id: 'WorkerFacts' });

const CertificateRequest = text(10_000).describe('A PKCS #10 certificate request, PEM.');
export const Enrolment = z
  .strictObject({ token: z.string().min(1).max(200), csr: CertificateRequest, facts: WorkerFacts })
  .meta({ id: 'Enrolment' });
const certificateShape = { certificate: z.string(), caCertificate: z.string() };
export const Enrolled = z
  .object({ workerId: WorkerId, ...certificateShape, connectUrl: z.string() })
  .meta({ id: 'Enrolled' });
export const Renewal = z.strictObject({ csr: CertificateRequest }).meta({ id: 'Renewal' });
export const RenewedCertificate = z.object(certificateShape).meta({ id: 'RenewedCertificate' });

export const Pool = z
  .object({
    id: PoolId,
    organizationId: OrganizationId,
    name: z.string(),
    kind: z.enum(['community', 'attached']),
    country: Country,
    region: Region,
    state: z.enum(['active', 'detached']),
    floorMicroUsdPerHour: MicroUsd,
    version: z.number().int(),
    createdAt: Instant,
  })
  .meta({ id: 'Pool', description: 'One Kubernetes cluster whose nodes are workers.' });
export const PoolList = listAnswer('PoolList', Pool);
export const NewPool = z
  .strictObject({
    name: nameOf(63),
    country: Country,
    kind: z
      .enum(['community', 'attached'])
      .default('attached')
      .describe('`community` is where single machines join: only the operator makes one.'),
    kubeconfig: z.string().min(1).max(200_000).describe('Stored encrypted, and never shown again.'),
    floorMicroUsdPerHour: NonNegativeMicroUsd.optional(),
  })
  .meta({ id: 'NewPool' });
