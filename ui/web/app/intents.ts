/** One `Idempotency-Key` for one intent: sent again after an answer that was lost, it is not done twice. */
import { useRef } from 'react';

/** @returns the key of what is to be sent: the same for the same, for as long as the form stands */
export function useIntents(): (body: unknown) => string {
  const keys = useRef(new Map<string, string>());
  return (body) => {
    const intent = JSON.stringify(body);
    const key = keys.current.get(intent) ?? crypto.randomUUID();
    keys.current.set(intent, key);
    return key;
  };
}
