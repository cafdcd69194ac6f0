/** Who you are: login, organization, members, API keys, sessions, audit. */
import { hostname } from 'node:os';
import { password as askPassword, text as askText } from '@clack/prompts';
import { type Role, roles, scopes } from '@muster/common';
import type { Command } from 'commander';
import { Option } from 'commander';
import { ask, connect, connectTo, signIn } from '../connect.ts';
import { UserError } from '../failure.ts';
import { facts, instant, note, print, table } from '../output.ts';
import { pageFlags, readPages } from '../pages.ts';
import { forgetProfile, readProfile, writeProfile } from '../profile.ts';
import { readStandardInput } from '../stdin.ts';

export function accountCommands(program: Command): void {
  program
    .command('login')
    .description('log in, and keep an API key of your own in your profile')
    .option('--url <address>', 'where Muster is; the last one when left out')
    .option('--email <email>', 'asked for when left out')
    .option('--password-stdin', 'read the password from standard input')
    .option('--api-key-stdin', 'keep this API key instead of making one: read from standard input')
    .action(async (flags: { url?: string; email?: string; passwordStdin?: boolean; apiKeyStdin?: boolean }) => {
      const url = flags.url ?? (await readProfile()).url;
      const apiKey = flags.apiKeyStdin ? await readStandardInput('the API key') : await makeKey(url, flags);
      const me = await ask(connectTo(url, apiKey).public.GET('/me'));
      const path = await writeProfile({ url, apiKey });
      print(
        me,
        () => `Logged in to ${url} as ${me.person?.email ?? me.actorId}, organization ${me.organization.name}.`,
      );
      note(`The key is in ${path}.`);
    });

  program
    .command('logout')
    .description('forget the profile; revoke its key with `muster api-key revoke`')
    .action(async () => {
      await forgetProfile();
      note('Forgotten.');
    });

  program
    .command('whoami')
    .description('who you are to Muster, and what you may do')
    .action(async () => {
      print(await ask((await connect()).public.GET('/me')), (me) =>
        facts([
          ['actor', me.actorId],
          ['person', me.person && `${me.person.name} <${me.person.email}>`],
          ['organization', `${me.organization.name} (${me.organization.id})`],
          ['scopes', me.scopes.join(' ')],
        ]),
      );
    });

  const member = program.command('member').description('the members of your organization');
  pageFlags(member.command('list').description('list them')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.public.GET('/members', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['person', (m) => m.personId],
          ['email', (m) => m.email],
          ['name', (m) => m.name],
          ['role', (m) => m.role],
        ],
        'There are no members.',
      ),
    );
  });
  const role = () => new Option('--role <role>', 'what they may do').choices([...roles]).makeOptionMandatory();
  member
    .command('add <email>')
    .description('add a person who has signed up')
    .addOption(role())
    .action(async (email: string, flags: { role: Role }) => {
      const api = await connect();
      print(
        await ask(api.public.POST('/members', { body: { email, role: flags.role } })),
        (m) => `${m.email} is ${m.role} now.`,
      );
    });
  member
    .command('role <personId>')
    .description('change the role of a member')
    .addOption(role())
    .action(async (personId: string, flags: { role: Role }) => {
      const api = await connect();
      const params = { path: { personId } };
      print(
        await ask(api.public.PATCH('/members/{personId}', { params, body: { role: flags.role } })),
        (m) => `${m.email} is ${m.role} now.`,
      );
    });
  member
    .command('remove <personId>')
    .description('remove a member: their sessions and keys end at once')
    .action(async (personId: string) => {
      await ask((await connect()).public.DELETE('/members/{personId}', { params: { path: { personId } } }));
      note('Removed.');
    });

  const apiKey = program.command('api-key').description('keys for programs');
  pageFlags(apiKey.command('list').description('list them')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.public.GET('/api-keys', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['id', (k) => k.id],
          ['name', (k) => k.name],
          ['begins', (k) => k.prefix],
          ['last used', (k) => instant(k.lastUsedAt)],
          ['expires', (k) => instant(k.expiresAt)],
          ['revoked', (k) => instant(k.revokedAt)],
        ],
        'There are no keys.',
      ),
    );
  });
  apiKey
    .command('create <name>')
    .description('make one; it is shown once')
    .addOption(new Option('--scope <scope...>', 'what it may do; all that you may when left out').choices([...scopes]))
    .option('--expires <instant>', 'an ISO instant')
    .action(async (name: string, flags: { scope?: (typeof scopes)[number][]; expires?: string }) => {
      const api = await connect();
      const granted = flags.scope ?? (await ask(api.public.GET('/me'))).scopes;
      const body = { name, scopes: granted, ...(flags.expires && { expiresAt: flags.expires }) };
      print(await ask(api.public.POST('/api-keys', { body })), (key) => key.key);
      note('It is shown only now.');
    });
  apiKey
    .command('revoke <apiKeyId>')
    .description('end one, at once')
    .action(async (apiKeyId: string) => {
      await ask((await connect()).public.DELETE('/api-keys/{apiKeyId}', { params: { path: { apiKeyId } } }));
      note('Revoked.');
    });

  pageFlags(program.command('audit').description('who called what in your organization')).action(async (flags) => {
    const api = await connect();
    print(await readPages(flags, (query) => ask(api.public.GET('/audit', { params: { query } }))), ({ items }) =>
      table(
        items,
        [
          ['at', (a) => instant(a.at)],
          ['actor', (a) => a.actorId],
          ['what', (a) => `${a.method} ${a.path}`],
          ['outcome', (a) => a.outcome],
          ['from', (a) => a.ip],
        ],
        'Nothing yet.',
      ),
    );
  });
}

/** Logs in as a person and makes a key for this machine: the password is not kept, and the key can be revoked alone. */
async function makeKey(url: string, flags: { email?: string; passwordStdin?: boolean }): Promise<string> {
  const email = flags.email ?? (await prompt(askText({ message: 'E-mail' })));
  const password = flags.passwordStdin
    ? await readStandardInput('the password')
    : await prompt(askPassword({ message: 'Password' }));
  const session = await signIn(url, { email, password });
  const { scopes: granted } = await ask(session.public.GET('/me'));
  const { key } = await ask(
    session.public.POST('/api-keys', { body: { name: `cli on ${hostname()}`.slice(0, 100), scopes: granted } }),
  );
  await ask(session.public.POST('/logout', { body: {} }));
  return key;
}

async function prompt(answer: Promise<string | symbol>): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UserError('There is no terminal to ask on.', 'Give --email and --password-stdin, or --api-key-stdin.');
  const given = await answer;
  if (typeof given !== 'string') throw new UserError('Cancelled.');
  return given;
}
