/** The caller's organization: its name, members, API keys, sessions and audit. */
import { z } from 'zod';
import { route } from '../route.ts';
import {
  ApiKeyPage,
  CreatedApiKey,
  Member,
  MemberChange,
  MemberPage,
  NewApiKey,
  NewMember,
  Organization,
  OrganizationChange,
  SessionList,
} from '../schemas/account.ts';
import { AuditPage } from '../schemas/event.ts';
import { ApiKeyId, Page, PersonId, SessionId } from '../schemas/primitives.ts';

export const organization = {
  get: route({
    method: 'get',
    path: '/organization',
    summary: 'Your organization',
    access: { signedIn: true },
    answer: Organization,
    errors: [],
  }),
  update: route({
    method: 'patch',
    path: '/organization',
    summary: 'Rename your organization',
    access: { scope: 'members:write' },
    body: OrganizationChange,
    answer: Organization,
    errors: [],
  }),
};

const member = z.strictObject({ personId: PersonId });
export const members = {
  list: route({
    method: 'get',
    path: '/members',
    summary: 'List the members',
    access: { scope: 'members:read' },
    query: Page,
    answer: MemberPage,
    errors: [],
  }),
  add: route({
    method: 'post',
    path: '/members',
    summary: 'Add a person who has signed up',
    access: { scope: 'members:write' },
    body: NewMember,
    answer: Member,
    status: 201,
    errors: ['not_found', 'already_exists', 'forbidden'],
  }),
  update: route({
    method: 'patch',
    path: '/members/{personId}',
    summary: "Change a member's role",
    access: { scope: 'members:write' },
    params: member,
    body: MemberChange,
    answer: Member,
    errors: ['not_found', 'conflict', 'forbidden'],
  }),
  remove: route({
    method: 'delete',
    path: '/members/{personId}',
    summary: 'Remove a member; the last owner stays',
    access: { scope: 'members:write' },
    params: member,
    errors: ['not_found', 'conflict', 'forbidden'],
  }),
};

const apiKey = z.strictObject({ apiKeyId: ApiKeyId });
export const apiKeys = {
  list: route({
    method: 'get',
    path: '/api-keys',
    summary: 'List the API keys',
    access: { signedIn: true },
    query: Page,
    answer: ApiKeyPage,
    errors: ['forbidden'],
  }),
  create: route({
    method: 'post',
    path: '/api-keys',
    summary: 'Make an API key',
    description: 'The key is shown in this answer and never again.',
    access: { signedIn: true },
    body: NewApiKey,
    answer: CreatedApiKey,
    status: 201,
    errors: ['forbidden'],
    shownOnce: true,
  }),
  revoke: route({
    method: 'delete',
    path: '/api-keys/{apiKeyId}',
    summary: 'Revoke an API key at once',
    access: { signedIn: true },
    params: apiKey,
    errors: ['not_found', 'forbidden'],
  }),
};

export const sessions = {
  list: route({
    method: 'get',
    path: '/sessions',
    summary: 'Where you are signed in',
    access: { signedIn: true },
    answer: SessionList,
    errors: ['forbidden'],
  }),
  revoke: route({
    method: 'delete',
    path: '/sessions/{sessionId}',
    summary: 'End a session',
    access: { signedIn: true },
    params: z.strictObject({ sessionId: SessionId }),
    errors: ['not_found', 'forbidden'],
  }),
};

export const audit = {
  list: route({
    method: 'get',
    path: '/audit',
    summary: 'Who called what, newest first',
    access: { scope: 'audit:read' },
    query: Page,
    answer: AuditPage,
    errors: [],
  }),
};
