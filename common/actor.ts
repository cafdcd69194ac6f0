/** Whoever acts: the gateway vouches for it, and every function of a domain takes it. */

/** What a credential may do. A scope is `<noun>:<read|write>`; `operator:*` is only for members of the operating organization. */
export const scopes = [
  'clusters:read',
  'clusters:write',
  'tasks:read',
  'tasks:write',
  'billing:read',
  'billing:write',
  'members:read',
  'members:write',
  'workers:read',
  'workers:write',
  'audit:read',
  'operator:read',
  'operator:write',
  'agent:connect',
] as const;
export type Scope = (typeof scopes)[number];

/** Roles of a member of an organization, each with the scopes that it may hold at most. */
export const roles = ['owner', 'admin', 'member', 'billing', 'viewer'] as const;
export type Role = (typeof roles)[number];

export interface Actor {
  /** A person (`per_…`), an API key (`key_…`), a worker (`wrk_…`), or `system:<process>`. */
  id: string;
  kind: 'person' | 'api_key' | 'worker' | 'system' | 'visitor';
  organizationId: string;
  scopes: ReadonlySet<Scope>;
}

/** Muster's own processes act in their own name. */
export function systemActor(process: string, organizationId = 'system'): Actor {
  return { id: `system:${process}`, kind: 'system', organizationId, scopes: new Set(scopes) };
}

/** Someone without credentials: may call what anyone may. */
export const visitor: Actor = { id: 'visitor', kind: 'visitor', organizationId: 'none', scopes: new Set() };
