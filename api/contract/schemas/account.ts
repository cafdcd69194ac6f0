/** People, organizations and their credentials. */
import { roles, scopes } from '@muster/common';
import { z } from 'zod';
import { ApiKeyId, Instant, listAnswer, nameOf, OrganizationId, PersonId, pageOf, SessionId } from './primitives.ts';

export const Role = z.enum(roles).meta({ id: 'Role' });
export const Scope = z.enum(scopes).meta({ id: 'Scope', description: 'What a credential may do.' });
export const Email = z.email({ error: 'must be an e-mail address' }).max(254).meta({ pattern: undefined });
const Password = z.string().min(12, 'must have at least 12 characters').max(200);

export const SignUp = z
  .strictObject({ email: Email, password: Password, name: nameOf(100), organizationName: nameOf(100) })
  .meta({ id: 'SignUp' });
export const Login = z.strictObject({ email: Email, password: z.string().min(1).max(200) }).meta({ id: 'Login' });
export const PasswordChange = z
  .strictObject({ currentPassword: z.string().min(1).max(200), newPassword: Password })
  .meta({ id: 'PasswordChange' });
export const CsrfToken = z
  .object({ csrfToken: z.string().describe('Send it as `X-CSRF-Token` with every change made with a cookie.') })
  .meta({ id: 'CsrfToken' });

export const AccessToken = z
  .object({ accessToken: z.string().describe('Send it as `Authorization: Bearer …`.'), expiresAt: Instant })
  .meta({ id: 'AccessToken' });
export const OrganizationSwitch = z.strictObject({ organizationId: OrganizationId }).meta({ id: 'OrganizationSwitch' });

export const Person = z
  .object({ id: PersonId, email: z.string(), name: z.string(), createdAt: Instant })
  .meta({ id: 'Person' });
export const Organization = z
  .object({
    id: OrganizationId,
    name: z.string(),
    operator: z.boolean().describe('The operating organization of this Muster.'),
    deviceQuota: z.number().int().nullable().describe('The most leased devices at once; null is no limit.'),
    createdAt: Instant,
  })
  .meta({ id: 'Organization' });
export const OrganizationPage = pageOf('OrganizationPage', Organization);
export const OrganizationChange = z.strictObject({ name: nameOf(100) }).meta({ id: 'OrganizationChange' });

export const Me = z
  .object({
    actorId: z.string(),
    kind: z.enum(['person', 'api_key', 'worker', 'system', 'visitor']),
    person: Person.nullable().describe('Who acts, or who made the API key that acts.'),
    organization: Organization,
    scopes: z.array(Scope),
    organizations: z
      .array(z.object({ id: OrganizationId, name: z.string(), role: Role }))
      .describe('Every organization that the person belongs to.'),
  })
  .meta({ id: 'Me', description: 'Who you are to Muster.' });

export const Member = z
  .object({ personId: PersonId, email: z.string(), name: z.string(), role: Role, createdAt: Instant })
  .meta({ id: 'Member' });
export const MemberPage = pageOf('MemberPage', Member);
export const NewMember = z.strictObject({ email: Email, role: Role }).meta({ id: 'NewMember' });
export const MemberChange = z.strictObject({ role: Role }).meta({ id: 'MemberChange' });

export const ApiKey = z
  .object({
    id: ApiKeyId,
    personId: PersonId,
    name: z.string(),
    prefix: z.string().describe('Its first characters, to recognize it by.'),
    scopes: z.array(Scope),
    createdAt: Instant,
    expiresAt: Instant.nullable(),
    lastUsedAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export const ApiKeyPage = pageOf('ApiKeyPage', ApiKey);
export const NewApiKey = z
  .strictObject({
    name: nameOf(100),
    scopes: z.array(Scope).min(1).max(scopes.length).describe('None that you do not hold yourself.'),
    expiresAt: Instant.optional(),
  })
  .meta({ id: 'NewApiKey' });
export const CreatedApiKey = ApiKey.extend({ key: z.string().describe('The key itself. It is shown only now.') }).meta({
  id: 'CreatedApiKey',
});

export const Session = z
  .object({
    id: SessionId,
    organizationId: OrganizationId,
    ip: z.string(),
    userAgent: z.string(),
    createdAt: Instant,
    lastSeenAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'Session' });
export const SessionList = listAnswer('SessionList', Session);
