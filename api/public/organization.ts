/** Who one is, and one's organization: a translation, with no decision of its own. */
import type { ApiHandlers } from '@muster/api-http';
import { listAudit } from '@muster/audit';
import type { publicApi } from '@muster/contract';
import {
  addMember,
  createApiKey,
  getOrganization,
  listApiKeys,
  listMembers,
  listSessions,
  me,
  removeMember,
  revokeApiKey,
  revokeSession,
  setRole,
  updateOrganization,
} from '@muster/customers';
import type { Context } from '@muster/db';

type Nouns = 'account' | 'organization' | 'members' | 'apiKeys' | 'sessions' | 'audit';

export function organization(context: Context): Pick<ApiHandlers<typeof publicApi>, Nouns> {
  return {
    account: {
      me: ({ actor }) => me(context, actor),
    },
    organization: {
      get: ({ actor }) => getOrganization(context, actor),
      update: ({ actor, body }) => updateOrganization(context, actor, body),
    },
    members: {
      list: ({ actor, query }) => listMembers(context, actor, query),
      add: ({ actor, body }) => addMember(context, actor, body),
      update: ({ actor, params, body }) => setRole(context, actor, { ...params, ...body }),
      remove: ({ actor, params }) => removeMember(context, actor, params.personId),
    },
    apiKeys: {
      list: ({ actor, query }) => listApiKeys(context, actor, query),
      create: ({ actor, body }) => createApiKey(context, actor, body),
      revoke: ({ actor, params }) => revokeApiKey(context, actor, params.apiKeyId),
    },
    sessions: {
      list: async ({ actor }) => ({ items: await listSessions(context, actor) }),
      revoke: ({ actor, params }) => revokeSession(context, actor, params.sessionId),
    },
    audit: {
      list: ({ actor, query }) => listAudit(context, actor, query),
    },
  };
}
