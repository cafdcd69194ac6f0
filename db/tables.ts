/** The rows of every table, as Kysely sees them. They stay inside the domain that owns the table. */
import type {
  AccountKind,
  ClusterKind,
  ClusterState,
  Compliance,
  ConnectivityTier,
  Currency,
  Fault,
  HoldState,
  LeaseOutcome,
  LeaseState,
  ReadinessStep,
  Role,
  Scope,
  ServiceTier,
  SubjectKind,
  TaskState,
  WorkerOrigin,
  WorkerStatus,
} from '@muster/common';
import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';

/** Written once and never changed. */
type Fixed<T> = ColumnType<T, T, never>;
/** A JSON object: parsed when read, a string when written. */
type Json<T = Record<string, unknown>> = ColumnType<T, string, string>;
type GeneratedJson<T = Record<string, unknown>> = ColumnType<T, string | undefined, string>;

export interface EventTable {
  seq: GeneratedAlways<bigint>;
  xid: GeneratedAlways<string>;
  id: Fixed<string>;
  organization_id: Fixed<string | null>;
  subject_kind: Fixed<SubjectKind>;
  subject_id: Fixed<string>;
  type: Fixed<string>;
  state: Fixed<string | null>;
  version: Fixed<number | null>;
  actor_id: Fixed<string>;
  reason: Fixed<string>;
  body: ColumnType<Record<string, unknown>, string | undefined, never>;
  at: Fixed<Date>;
}

export interface OutboxTable {
  seq: GeneratedAlways<bigint>;
  message_id: string;
  exchange: string;
  routing_key: string;
  type: string;
  body: Json<unknown>;
  headers: GeneratedJson<Record<string, string>>;
  created_at: Generated<Date>;
}

export interface DeadLetterTable {
  id: GeneratedAlways<bigint>;
  message_id: string | null;
  queue: string;
  type: string | null;
  content: Buffer;
  headers: Json;
  reason: string;
  attempts: number;
  at: Fixed<Date>;
}

export interface InboxTable {
  consumer: string;
  message_id: string;
  at: Generated<Date>;
}

export interface OrganizationTable {
  id: string;
  name: string;
  operator: Generated<boolean>;
  device_quota: number | null;
  created_at: Fixed<Date>;
}

export interface PersonTable {
  id: string;
  email: string;
  name: string;
  password_hash: string;
  created_at: Fixed<Date>;
}

export interface MembershipTable {
  organization_id: string;
  person_id: string;
  role: Role;
  created_at: Fixed<Date>;
}

export interface SessionTable {
  id: string;
  person_id: string;
  organization_id: string;
  ip: string;
  user_agent: string;
  created_at: Fixed<Date>;
  last_seen_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

export interface ApiKeyTable {
  id: string;
  organization_id: string;
  person_id: string;
  name: string;
  prefix: string;
  hash: string;
  scopes: Scope[];
  created_at: Fixed<Date>;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export interface AuditEventTable {
  seq: Fixed<bigint>;
  at: Fixed<Date>;
  request_id: Fixed<string>;
  actor_id: Fixed<string>;
  organization_id: Fixed<string | null>;
  method: Fixed<string>;
  path: Fixed<string>;
  ip: Fixed<string>;
  outcome: Fixed<string>;
  details: ColumnType<Record<string, unknown>, string | undefined, never>;
  previous_hash: Fixed<string>;
  hash: Fixed<string>;
}

export interface IdempotentRequestTable {
  organization_id: string;
  key: string;
  route: string;
  request_hash: string;
  response_status: number | null;
  response_body: JSONColumnType<Record<string, unknown>> | null;
  created_at: Fixed<Date>;
  locked_until: Date | null;
}

export interface HardwareModelTable {
  id: string;
  name: string;
  vendor: string;
  kind: 'gpu' | 'cpu';
  memory_mb: number;
  architecture: string;
  interconnect: string | null;
  node_label: string | null;
  resource_name: string;
  created_at: Fixed<Date>;
}

export interface BasePriceTable {
  model_id: string;
  effective_from: Date;
  price_micro_usd_per_hour: bigint;
  actor_id: string;
}

export interface PricePointTable {
  model_id: string;
  region: string;
  at: Date;
  price_micro_usd_per_hour: bigint;
  ready_devices: number;
  hired_devices: number;
  simulated: Generated<boolean>;
}

export interface PoolTable {
  id: string;
  organization_id: string;
  name: string;
  region: string;
  country: string;
  kind: 'community' | 'attached';
  kubeconfig_encrypted: Buffer;
  state: Generated<'active' | 'detached'>;
  floor_micro_usd_per_hour: Generated<bigint>;
  version: Generated<number>;
  created_at: Fixed<Date>;
}

export interface WorkerTable {
  id: string;
  organization_id: string;
  pool_id: string;
  name: string;
  node_name: string;
  origin: WorkerOrigin;
  simulated: GeneratedAlways<boolean>;
  status: WorkerStatus;
  readiness: ReadinessStep;
  paused: Generated<boolean>;
  draining: Generated<boolean>;
  blocked: Generated<boolean>;
  connected: Generated<boolean>;
  model_id: string | null;
  device_count: Generated<number>;
  country: string;
  region: string;
  site: string | null;
  network_domain: string | null;
  service_tier: Generated<ServiceTier>;
  down_mbps: number | null;
  up_mbps: number | null;
  connectivity_tier: ConnectivityTier | null;
  /** What the worker reported of itself, parsed by the workers domain. */
  facts: GeneratedJson;
  floor_micro_usd_per_hour: Generated<bigint>;
  certificate_serial: string | null;
  /** Of a renewed certificate that has not been used yet. */
  next_certificate_serial: string | null;
  version: Generated<number>;
  last_seen_at: Date | null;
  created_at: Fixed<Date>;
}

export interface DeviceTable {
  id: string;
  worker_id: string;
  index: number;
  model_id: string;
  uuid: string | null;
}

export interface EnrolmentTokenTable {
  id: string;
  organization_id: string;
  pool_id: string;
  hash: string;
  name: string | null;
  country: string;
  floor_micro_usd_per_hour: Generated<bigint>;
  created_by: string;
  created_at: Fixed<Date>;
  expires_at: Date;
  used_at: Date | null;
  worker_id: string | null;
}

export interface AttestationTable {
  id: string;
  worker_id: string | null;
  pool_id: string | null;
  compliance: Compliance;
  evidence: string;
  attested_by: string;
  created_at: Fixed<Date>;
  expires_at: Date;
  revoked_at: Date | null;
}

export interface QuoteTable {
  id: string;
  organization_id: string;
  request: Json;
  price_micro_usd_per_hour: bigint;
  workers: Json<unknown[]>;
  simulated: boolean;
  created_at: Fixed<Date>;
  expires_at: Date;
  used_by: string | null;
}

export interface UnmetDemandTable {
  id: GeneratedAlways<bigint>;
  at: Date;
  organization_id: string;
  model_ids: string[];
  countries: string[];
  workers: number;
  devices: number;
  reasons: Json<unknown[]>;
  simulated: Generated<boolean>;
}

export interface ClusterTable {
  id: string;
  organization_id: string;
  pool_id: string | null;
  name: string;
  kind: ClusterKind;
  state: ClusterState;
  version: Generated<number>;
  state_at: Date;
  progress_at: Date;
  nudged_at: Date;
  observed_at: Date | null;
  lacking_since: Date | null;
  request: Json;
  simulated: boolean;
  workers: number;
  devices_per_worker: number;
  price_micro_usd_per_hour: bigint;
  min_workers: number | null;
  max_workers: number | null;
  idle_shutdown_seconds: number | null;
  created_at: Fixed<Date>;
  running_since: Date | null;
  ends_at: Date | null;
  grace_until: Date | null;
  last_active_at: Date | null;
  final_state: 'terminated' | 'expired' | 'failed' | null;
  ended_because: string | null;
  ended_at: Date | null;
}

export interface LeaseTable {
  id: string;
  cluster_id: string;
  worker_id: string;
  organization_id: string;
  supplier_organization_id: string;
  rank: number;
  devices: number;
  price_micro_usd_per_device_hour: bigint;
  fee_basis_points: number;
  currency: 'USD' | 'SIM';
  state: LeaseState;
  outcome: LeaseOutcome | null;
  held_at: Fixed<Date>;
  ready: Generated<boolean>;
  waiting_for: string | null;
  active_at: Date | null;
  let_go_at: Date | null;
  let_go_version: number | null;
  released_at: Date | null;
}

export interface LeaseDeviceTable {
  lease_id: string;
  device_id: string;
  /** A `tstzrange`; written with `sql`, read with `lower()` and `upper()`. */
  during: string;
}

export interface TaskTable {
  id: string;
  cluster_id: string;
  organization_id: string;
  name: string;
  image: string;
  command: string[];
  arguments: string[];
  environment: Json<Record<string, string>>;
  ranks: number;
  state: TaskState;
  version: Generated<number>;
  attempt: Generated<number>;
  max_attempts: Generated<number>;
  cluster_ranks: number[] | null;
  lease_ids: string[] | null;
  exit_code: number | null;
  fault: Fault | null;
  reason: string | null;
  timeout_seconds: number | null;
  created_at: Fixed<Date>;
  attempt_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
}

export interface TaskLogTable {
  task_id: string;
  attempt: number;
  rank: number;
  text: string;
  truncated: boolean;
  archived_at: Date;
}

export interface LedgerAccountTable {
  id: string;
  organization_id: string | null;
  kind: AccountKind;
  currency: Currency;
  balance: ColumnType<bigint, never, never>;
  floor: bigint | null;
  created_at: Fixed<Date>;
}

export interface LedgerTransactionTable {
  id: Fixed<string>;
  reference: Fixed<string>;
  kind: Fixed<string>;
  description: Fixed<string>;
  actor_id: Fixed<string>;
  cluster_id: Fixed<string | null>;
  at: Fixed<Date>;
}

export interface LedgerEntryTable {
  id: GeneratedAlways<bigint>;
  transaction_id: Fixed<string>;
  account_id: Fixed<string>;
  amount: Fixed<bigint>;
  currency: Fixed<Currency>;
}

export interface HoldTable {
  id: string;
  organization_id: string;
  cluster_id: string;
  currency: 'USD' | 'SIM';
  reserve: bigint;
  amount: bigint;
  captured: Generated<bigint>;
  released: Generated<bigint>;
  state: HoldState;
  empty_since: Date | null;
  created_at: Fixed<Date>;
  closed_at: Date | null;
}

export interface MeterTable {
  lease_id: Fixed<string>;
  cluster_id: Fixed<string>;
  organization_id: Fixed<string>;
  supplier_organization_id: Fixed<string>;
  worker_id: Fixed<string>;
  devices: Fixed<number>;
  price_micro_usd_per_device_hour: Fixed<bigint>;
  fee_basis_points: Fixed<number>;
  currency: Fixed<'USD' | 'SIM'>;
  opened_at: Fixed<Date>;
  metered_until: Date;
  charged_ms: Generated<bigint>;
  free_because: string | null;
  closed_at: Date | null;
}

export interface UsageWindowTable {
  id: Fixed<string>;
  lease_id: Fixed<string>;
  worker_id: Fixed<string>;
  cluster_id: Fixed<string>;
  organization_id: Fixed<string>;
  supplier_organization_id: Fixed<string>;
  /** A `tstzrange`; written with `sql`, read with `lower()` and `upper()`. */
  during: Fixed<string>;
  devices: Fixed<number>;
  price_micro_usd_per_device_hour: Fixed<bigint>;
  charge: Fixed<bigint>;
  fee: Fixed<bigint>;
  earning: Fixed<bigint>;
  currency: Fixed<'USD' | 'SIM'>;
  free_because: Fixed<string | null>;
  transaction_id: Fixed<string | null>;
}

export interface InvoiceTable {
  id: string;
  number: string;
  organization_id: string;
  cluster_id: string;
  currency: 'USD' | 'SIM';
  total: bigint;
  issued_at: Date;
}

export interface BalanceWarningTable {
  organization_id: string;
  stage: '24h' | '6h' | '1h' | 'empty';
  at: Date;
}

export interface Database {
  event: EventTable;
  outbox: OutboxTable;
  dead_letter: DeadLetterTable;
  inbox: InboxTable;
  organization: OrganizationTable;
  person: PersonTable;
  membership: MembershipTable;
  session: SessionTable;
  api_key: ApiKeyTable;
  audit_event: AuditEventTable;
  idempotent_request: IdempotentRequestTable;
  hardware_model: HardwareModelTable;
  base_price: BasePriceTable;
  price_point: PricePointTable;
  pool: PoolTable;
  worker: WorkerTable;
  device: DeviceTable;
  enrolment_token: EnrolmentTokenTable;
  attestation: AttestationTable;
  quote: QuoteTable;
  unmet_demand: UnmetDemandTable;
  cluster: ClusterTable;
  lease: LeaseTable;
  lease_device: LeaseDeviceTable;
  task: TaskTable;
  task_log: TaskLogTable;
  ledger_account: LedgerAccountTable;
  ledger_transaction: LedgerTransactionTable;
  ledger_entry: LedgerEntryTable;
  hold: HoldTable;
  meter: MeterTable;
  usage_window: UsageWindowTable;
  invoice: InvoiceTable;
  balance_warning: BalanceWarningTable;
}
