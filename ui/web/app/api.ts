/** The typed client with this browser's session: the only way in which the web reaches the platform. */
import { createMusterClient } from '@muster/contract/client';

let csrfToken = '';

/** What every change must carry; the session sets it. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export const api = createMusterClient({
  url: location.origin,
  headers: (): Record<string, string> => (csrfToken === '' ? {} : { 'x-csrf-token': csrfToken }),
});
