/** The typed client of the three APIs, over fetch: for browsers and Node alike. */
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { paths as InternalPaths } from './internal.d.ts';
import type { paths as PrivatePaths } from './private.d.ts';
import { problemOf, unreachable } from './problem.ts';
import type { paths as PublicPaths } from './public.d.ts';

export interface ClientOptions {
  /** The gateway's address, such as `https://muster.example`. */
  url: string;
  /** An API key or a JWT. Absent in a browser that has the session cookie. */
  apiKey?: string;
  /** Headers for every request, asked for each time: `X-CSRF-Token`, or a cookie outside a browser. */
  headers?: () => Record<string, string>;
  fetch?: typeof globalThis.fetch;
}

export interface MusterClient {
  public: Client<PublicPaths>;
  private: Client<PrivatePaths>;
  internal: Client<InternalPaths>;
  /** A request of any kind with the client's credentials. @throws Problem when it is refused or not answered */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** The address of a WebSocket, and the headers that open it where headers can be set. */
  socket(path: string): { url: string; headers: Record<string, string> };
}

/**
 * A client of one Muster with one credential.
 *
 * @example
 * const muster = createMusterClient({ url: 'https://muster.example', apiKey });
 * const { items } = await answer(muster.public.GET('/offers', { params: { query: { country: ['DE'] } } }));
 */
export function createMusterClient(options: ClientOptions): MusterClient {
  const url = options.url.replace(/\/+$/, '');
  const fetch = options.fetch ?? ((...input: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...input));
  const credentials = (): Record<string, string> => ({
    ...(options.apiKey && { authorization: `Bearer ${options.apiKey}` }),
    ...options.headers?.(),
  });

  const middleware: Middleware = {
    onRequest({ request }) {
      for (const [name, value] of Object.entries(credentials())) request.headers.set(name, value);
      return request;
    },
    async onResponse({ response }) {
      if (!response.ok && response.status !== 304) throw await problemOf(response);
    },
    onError: ({ error }) => unreachable(url, error),
  };
  const client = <Paths extends object>(base: string) => {
    const created = createClient<Paths>({ baseUrl: `${url}${base}`, fetch });
    created.use(middleware);
    return created;
  };

  return {
    public: client<PublicPaths>('/v1'),
    private: client<PrivatePaths>('/private/v1'),
    internal: client<InternalPaths>('/internal/v1'),
    async send(path, init = {}) {
      const headers = new Headers(init.headers);
      for (const [name, value] of Object.entries(credentials())) headers.set(name, value);
      let response: Response;
      try {
        response = await fetch(`${url}${path}`, { ...init, headers });
      } catch (error) {
        if (init.signal?.aborted) throw error;
        throw unreachable(url, error);
      }
      if (!response.ok) throw await problemOf(response);
      return response;
    },
    socket: (path) => ({ url: `${url.replace(/^http/, 'ws')}${path}`, headers: credentials() }),
  };
}

/**
 * What a call answered.
 *
 * @throws Problem when it was refused
 */
export async function answer<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<Data> {
  // A refusal has been thrown by the middleware: only an empty answer has no data, and its type says so.
  const { data } = await call;
  return data as Data;
}

/** Every item of a list, page after page. */
export async function* everyItem<Item>(
  read: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor: string | null }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
