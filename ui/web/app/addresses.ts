/** Every address of the application and who finds something there, for tests and pictures; router.ts holds it to the pages. */
import type { Scope } from '@muster/common/actor';

/** What a person needs to find something at an address: nothing, a session, or a scope. */
export type Needs = 'nothing' | 'session' | Scope;

export const addresses = {
  '/': 'nothing',
  '/models/$modelId': 'nothing',
  '/network': 'nothing',
  '/how-it-works': 'nothing',
  '/reference': 'nothing',
  '/signup': 'nothing',
  '/login': 'nothing',
  '/console': 'session',
  '/console/clusters': 'clusters:read',
  '/console/clusters/new': 'clusters:write',
  '/console/clusters/$clusterId': 'clusters:read',
  '/console/billing': 'billing:read',
  '/console/invoices/$invoiceId': 'billing:read',
  '/console/members': 'members:read',
  '/console/api-keys': 'session',
  '/console/sessions': 'session',
  '/console/audit': 'audit:read',
  '/console/settings': 'session',
  '/portal': 'workers:read',
  '/portal/add': 'workers:write',
  '/portal/workers/$workerId': 'workers:read',
  '/portal/earnings': 'workers:read',
  '/portal/market': 'workers:read',
  '/portal/pools': 'workers:read',
  '/admin': 'operator:read',
  '/admin/fleet': 'operator:read',
  '/admin/workers/$workerId': 'operator:read',
  '/admin/pools': 'operator:read',
  '/admin/supply': 'operator:read',
  '/admin/clusters': 'operator:read',
  '/admin/clusters/$clusterId': 'operator:read',
  '/admin/organizations': 'operator:read',
  '/admin/organizations/$organizationId': 'operator:read',
  '/admin/ledger': 'operator:read',
  '/admin/prices': 'operator:read',
  '/admin/attestations': 'operator:read',
  '/admin/dead-letters': 'operator:read',
  '/admin/invariants': 'operator:read',
  '/admin/audit': 'operator:read',
  '/admin/health': 'operator:read',
  '/parts': 'nothing',
  '/parts/table': 'nothing',
} as const satisfies Record<string, Needs>;

export type Address = keyof typeof addresses;
