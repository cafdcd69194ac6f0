/** The typed client, as whoever the profile says. */
import { createMusterClient, type MusterClient } from '@muster/contract/client';
import { readProfile } from './profile.ts';

export { answer as ask, type MusterClient as Muster, type Schemas } from '@muster/contract/client';

/** @throws UserError when no address is known */
export async function connect(options: { fetch?: typeof fetch } = {}): Promise<MusterClient> {
  const { url, apiKey } = await readProfile();
  return connectTo(url, apiKey, options);
}

export function connectTo(url: string, apiKey?: string, options: { fetch?: typeof fetch } = {}): MusterClient {
  return createMusterClient({ url, ...(apiKey && { apiKey }), ...options });
}

/** A client that signs in with a password and keeps the cookie in memory, for as long as it takes to make a key. */
export async function signIn(url: string, login: { email: string; password: string }): Promise<MusterClient> {
  const cookies = new Map<string, string>();
  let csrfToken: string | undefined;
  const client = createMusterClient({
    url,
    headers: () => ({
      ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
      ...(csrfToken && { 'x-csrf-token': csrfToken }),
    }),
    fetch: async (...input) => {
      const response = await fetch(...input);
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (name) cookies.set(name, value!);
      }
      return response;
    },
  });
  csrfToken = (await client.public.GET('/csrf')).data?.csrfToken;
  await client.public.POST('/login', { body: login });
  csrfToken = (await client.public.GET('/csrf')).data?.csrfToken;
  return client;
}
