export { changePassword } from './change-password.ts';
export { type ApiKey, authenticateApiKey, createApiKey, hashApiKey, listApiKeys, revokeApiKey } from './keys.ts';
export { addMember, listMembers, type Member, removeMember, setRole } from './members.ts';
export {
  adminListOrganizations,
  deviceQuotaOf,
  getOrganization,
  type Organization,
  setDeviceQuota,
  updateOrganization,
} from './organizations.ts';
export { createOperatorOrganization, type Me, me, type Person, type SignUp, signUp, verifyPassword } from './people.ts';
export {
  authenticateSession,
  listSessions,
  openSession,
  revokeSession,
  type Session,
  sessionLifetimeMs,
  switchOrganization,
} from './sessions.ts';
