/** An organization as an operator sees it: joined from the domains that know a part of it. */
import { leasedDevices } from '@muster/assembly';
import { balanceOf } from '@muster/billing';
import { countLiveClusters } from '@muster/clusters';
import type { Actor } from '@muster/common';
import { getOrganization, listMembers, type Member } from '@muster/customers';
import type { Context } from '@muster/db';
import { countWorkers } from '@muster/workers';

/** @throws DomainError `not_found` */
export async function organizationOverview(context: Context, operator: Actor, organizationId: string) {
  // Its domains answer an organization for itself; the route has checked that the caller may look at any.
  const insider: Actor = { ...operator, organizationId };
  const organization = await getOrganization(context, insider);
  const { db } = context;
  const [balances, members, liveClusters, devices, workers] = await Promise.all([
    Promise.all((['USD', 'SIM'] as const).map((currency) => balanceOf(context, organizationId, currency))),
    everyMember(context, insider),
    countLiveClusters(db, organizationId),
    leasedDevices(db, organizationId),
    countWorkers(db, organizationId),
  ]);
  return { organization, balances, members, liveClusters, leasedDevices: devices, workers };
}

async function everyMember(context: Context, insider: Actor): Promise<Member[]> {
  const members: Member[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listMembers(context, insider, { limit: 200, ...(cursor && { cursor }) });
    members.push(...page.items);
    if (page.nextCursor === null) return members;
    cursor = page.nextCursor;
  }
}
