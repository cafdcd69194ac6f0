export type { AuditEntry } from './chain.ts';
export {
  type AuditEvent,
  type AuditFilter,
  type AuditVerification,
  adminListAudit,
  listAudit,
  verifyAudit,
} from './read.ts';
export { AuditWriter, recordAudit } from './write.ts';
