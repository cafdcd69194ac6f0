/**
 * What agent and node-bridge say to each other over one WebSocket: JSON text frames, and binary frames for the bytes of
 * logs, shells and speed tests. Both sides parse every frame: an agent is hostile until it has kept to this.
 */
import { z } from 'zod';

/** Raised when a frame cannot be understood or breaks a rule: the connection is closed, nothing else is affected. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

export const protocolVersion = 1;
/** Where the gateway takes agents to the node-bridge. */
export const connectPath = '/private/v1/agent/connect';
/** An agent is heard every 10 s; after 40 s of silence its worker is down (product rules). */
export const heartbeatMs = 10_000;
export const silenceMs = 40_000;

/** No frame is larger than this in either direction; a ConfigMap of 1 MiB fits in base64. */
export const maxFrameBytes = 4 * 1024 * 1024;
/** What one binary frame carries at most, after its header. */
export const maxChunkBytes = 32 * 1024;
export const chunkHeaderBytes = 5;

const text = (most: number) => z.string().max(most);
const count = z.int().min(0);
const uid = z.uuid();
const instant = z.iso.datetime({ offset: true });
const streamId = z.int().min(1).max(0xffff_ffff);

/** One accelerator as the driver names it; a MIG slice counts as a device of its own. */
const gpuSchema = z.strictObject({
  index: count,
  uuid: text(100),
  name: text(100),
  memoryMib: count,
  driverVersion: text(40),
  computeCapability: text(10).optional(),
  /** Set on a slice of a GPU in MIG mode: its profile, such as `3g.20gb`, and its number on the GPU. */
  migProfile: text(40).optional(),
  migIndex: count.optional(),
});
export type Gpu = z.infer<typeof gpuSchema>;

/** What a machine says of itself. Declared, never trusted: proofs and the bridge's own measurements decide. */
export const factsSchema = z.strictObject({
  agentVersion: text(40),
  hostname: text(253),
  os: text(200),
  kernel: text(200),
  architecture: text(40),
  cpuModel: text(200),
  cpuCores: count.min(1).max(4096),
  memoryBytes: count,
  diskBytes: count,
  diskFreeBytes: count,
  gpus: z.array(gpuSchema).max(128),
  cudaVersion: text(20).optional(),
  engine: z.strictObject({ name: z.enum(['podman', 'docker']), version: text(60), cgroups: text(20) }),
});
export type Facts = z.infer<typeof factsSchema>;

/** What enrolment asks for and answers: `POST {gateway}/private/v1/enrolments`. */
export const enrolmentAnswerSchema = z.object({
  workerId: text(64),
  certificate: text(20_000),
  caCertificate: text(20_000),
  connectUrl: z.url({ protocol: /^wss?$/ }),
});
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswerSchema>;

/** A path below a folder: no way out of it, and nothing that an engine's `--mount` would read as a separator. */
const pathBelow = text(4096).regex(/^(?!.*(^|\/)\.\.?(\/|$))[^/,:"\\\0][^,:"\\\0]*$/);
const absolutePath = text(4096).regex(/^\/[^,:"\\\0]*$/);
const label = text(63).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

const mountSchema = z.strictObject({
  volume: label,
  path: absolutePath,
  readOnly: z.boolean(),
  /** Only of a volume of files: in a folder that the pod writes, a link could lead out of it. */
  subPath: pathBelow.optional(),
});

const volumeSchema = z.discriminatedUnion('kind', [
  /** An empty folder of the pod's own; with `memoryBytes` it lives in memory. */
  z.strictObject({ kind: z.literal('empty'), name: label, memoryBytes: count.optional() }),
  /** Files of a ConfigMap or Secret, their contents in base64. */
  z.strictObject({
    kind: z.literal('files'),
    name: label,
    files: z.array(z.strictObject({ path: pathBelow, base64: z.base64(), mode: z.int().min(0).max(0o777) })).max(1000),
  }),
]);

const podShape = z.strictObject({
  uid,
  namespace: label,
  name: text(253).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']),
  graceSeconds: count.max(86_400),
  /** The pod fails when it has been on the worker for longer. */
  deadlineSeconds: count.optional(),
  container: z.strictObject({
    name: label,
    image: text(1024).regex(/^[a-z0-9][\w.:/@-]*$/i),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    command: z.array(z.string()).optional(),
    args: z.array(z.string()).optional(),
    workingDir: absolutePath.optional(),
    env: z.array(z.strictObject({ name: text(1024).regex(/^[^=\0]+$/), value: z.string() })),
    tty: z.boolean(),
    cpuMillis: count.optional(),
    memoryBytes: count.optional(),
    gpus: count.max(128),
    /** `uid` or `uid:gid`; absent is the image's own, refused when that is root and `nonRoot` is set. */
    user: z
      .string()
      .regex(/^\d+(:\d+)?$/)
      .optional(),
    nonRoot: z.boolean(),
    readOnlyRoot: z.boolean(),
    mounts: z.array(mountSchema).max(100),
  }),
  volumes: z.array(volumeSchema).max(100),
});

/** A pod as an agent needs it: what of a Kubernetes pod a community worker can keep, with every reference resolved. */
export const podSchema = podShape
  .refine(({ container: { nonRoot, user } }) => !nonRoot || !user || Number.parseInt(user, 10) !== 0, {
    path: ['container', 'user'],
  })
  .refine(({ volumes }) => new Set(volumes.map(({ name }) => name)).size === volumes.length, { path: ['volumes'] })
  // What a container writes may be a link that leads out: so files are never written by it, and no other folder is gone into.
  .refine(
    ({ volumes, container: { mounts } }) =>
      mounts.every((mount) => {
        const kind = volumes.find(({ name }) => name === mount.volume)?.kind;
        return kind === 'files' ? mount.readOnly : kind === 'empty' && mount.subPath === undefined;
      }),
    { path: ['container', 'mounts'] },
  );
export type Pod = z.infer<typeof podSchema>;

const terminatedSchema = z.strictObject({
  exitCode: z.int(),
  reason: text(100),
  message: text(2000).optional(),
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
});
export type Terminated = z.infer<typeof terminatedSchema>;

/** What an agent reports of one pod; the bridge turns it into the Kubernetes status. */
export const podStatusSchema = z.strictObject({
  uid,
  phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed']),
  reason: text(100).optional(),
  message: text(2000).optional(),
  podIp: z.union([z.ipv4(), z.ipv6()]).optional(),
  startedAt: instant,
  restartCount: count,
  containerId: text(200).optional(),
  imageId: text(200).optional(),
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('waiting'), reason: text(100), message: text(2000).optional() }),
    z.strictObject({ kind: z.literal('running'), startedAt: instant }),
    z.strictObject({ kind: z.literal('terminated'), ...terminatedSchema.shape }),
  ]),
  /** How the attempt before this one ended. */
  last: terminatedSchema.optional(),
});
export type PodStatus = z.infer<typeof podStatusSchema>;

/** What the container of a pod uses; cumulative where it says so, so that whoever reads makes rates over any span. */
const podUsageSchema = z.strictObject({
  uid,
  /** Since the container's start. */
  cpuSeconds: z.number().min(0).max(1e12),
  memoryBytes: count,
  /** Since the container's start; null where the machine does not tell. */
  receivedBytes: count.nullable(),
  sentBytes: count.nullable(),
  /** Of the devices that it holds, those that can be read. */
  gpus: z
    .array(
      z.strictObject({
        uuid: text(100),
        utilisation: z.number().min(0).max(1).nullable(),
        memoryBytes: count.nullable(),
      }),
    )
    .max(128),
});
export type PodUsage = z.infer<typeof podUsageSchema>;

const frame = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), ...shape });

/** Both sides: leave to send `bytes` more on a stream, given as the receiver consumes. */
const credit = frame('stream.credit', { stream: streamId, bytes: count });

const agentFrameSchema = z.discriminatedUnion('type', [
  frame('hello', { protocol: z.literal(protocolVersion), facts: factsSchema }),
  frame('heartbeat', {
    pods: count,
    load: z.number().min(0),
    memoryFreeBytes: count,
    diskFreeBytes: count,
    /** Of every pod whose container runs. */
    usage: z.array(podUsageSchema).max(1000).optional(),
  }),
  frame('pod.status', { status: podStatusSchema }),
  /** Nothing of the pod is left on the worker. */
  frame('pod.gone', { uid }),
  /** The owner asked the machine to leave: its pods are being ended, it takes no more. */
  frame('draining', {}),
  frame('certificate.renew', { csr: text(10_000) }),
  frame('speed.received', { stream: streamId, sha256: text(64) }),
  frame('stream.end', { stream: streamId, exitCode: z.int().optional(), error: text(2000).optional() }),
  credit,
]);
export type AgentFrame = z.infer<typeof agentFrameSchema>;

const bridgeFrameSchema = z.discriminatedUnion('type', [
  frame('welcome', { workerId: text(64) }),
  frame('heartbeat.seen', {}),
  frame('pod.apply', { pod: podSchema }),
  frame('pod.delete', { uid, graceSeconds: count.max(86_400) }),
  /** After a connect: every pod that this worker shall have. Containers of any other pod are removed. */
  frame('pods.known', { uids: z.array(uid).max(10_000) }),
  frame('certificate.renewed', { certificate: text(20_000) }),
  /** `bytes` random bytes follow on the stream; the answer is their hash. */
  frame('speed.down', { stream: streamId, bytes: count }),
  /** The agent shall send `bytes` bytes on the stream. */
  frame('speed.up', { stream: streamId, bytes: count }),
  frame('logs', {
    stream: streamId,
    uid,
    follow: z.boolean(),
    previous: z.boolean(),
    timestamps: z.boolean(),
    tailLines: count.optional(),
    since: instant.optional(),
  }),
  frame('exec', {
    stream: streamId,
    uid,
    command: z.array(z.string()).min(1).max(1000),
    stdin: z.boolean(),
    tty: z.boolean(),
  }),
  frame('exec.resize', { stream: streamId, columns: count.max(10_000), rows: count.max(10_000) }),
  /** The bridge wants no more of a stream: what serves it is ended. */
  frame('stream.close', { stream: streamId }),
  credit,
]);
export type BridgeFrame = z.infer<typeof bridgeFrameSchema>;

/**
 * A frame from an agent.
 *
 * @throws ProtocolError naming where the frame is wrong, never its content
 */
export function parseAgentFrame(data: string): AgentFrame {
  return parse(agentFrameSchema, data);
}

/**
 * A frame from a node-bridge.
 *
 * @throws ProtocolError naming where the frame is wrong, never its content
 */
export function parseBridgeFrame(data: string): BridgeFrame {
  return parse(bridgeFrameSchema, data);
}

function parse<Schema extends z.ZodType>(schema: Schema, data: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    throw new ProtocolError('A text frame is not JSON.');
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ProtocolError(`A frame is wrong at "${issue?.path.join('.')}": ${issue?.code}.`);
}

/** What a binary frame carries: the channels of Kubernetes' remote command protocol, without its error and resize. */
export const channels = { stdin: 0, stdout: 1, stderr: 2 } as const;
export type Channel = (typeof channels)[keyof typeof channels];

/** A binary frame: stream (4 bytes, big endian), channel (1 byte), payload. An empty payload on stdin ends it. */
export function encodeChunk(stream: number, channel: Channel, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(chunkHeaderBytes + payload.byteLength);
  frame.writeUInt32BE(stream, 0);
  frame.writeUInt8(channel, 4);
  frame.set(payload, chunkHeaderBytes);
  return frame;
}

/** @throws ProtocolError for a frame without a header, with an unknown channel, or above `maxChunkBytes` */
export function decodeChunk(frame: Buffer): { stream: number; channel: Channel; payload: Buffer } {
  if (frame.length < chunkHeaderBytes) throw new ProtocolError('A binary frame has no header.');
  if (frame.length > chunkHeaderBytes + maxChunkBytes) throw new ProtocolError('A binary frame is too large.');
  const channel = frame.readUInt8(4);
  if (channel > 2) throw new ProtocolError('A binary frame names an unknown channel.');
  return { stream: frame.readUInt32BE(0), channel: channel as Channel, payload: frame.subarray(chunkHeaderBytes) };
}
