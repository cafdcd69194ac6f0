/** The one table that says what a role may do. */
import type { Role, Scope } from '@muster/common';

const reads: Scope[] = ['clusters:read', 'tasks:read', 'billing:read', 'members:read', 'workers:read'];
const works: Scope[] = ['clusters:write', 'tasks:write', 'workers:write'];
const operates: Scope[] = ['operator:read', 'operator:write'];

const ofRole: Record<Role, readonly Scope[]> = {
  owner: [...reads, ...works, 'billing:write', 'members:write', 'audit:read'],
  admin: [...reads, ...works, 'members:write', 'audit:read'],
  member: [...reads, ...works],
  billing: [...reads, 'billing:write'],
  viewer: reads,
};

/** What a member may do; operator scopes only for owners and admins of the operating organization. */
export function scopesOf(role: Role, operator: boolean): ReadonlySet<Scope> {
  const mayOperate = operator && (role === 'owner' || role === 'admin');
  return new Set(mayOperate ? [...ofRole[role], ...operates] : ofRole[role]);
}
