/** Whether the platform answers: what every page says when it does not, and what makes pages renew themselves when it does again. */
import { useSyncExternalStore } from 'react';

type Listener = () => void;

let offlineSince: Date | null = null;
const listeners = new Set<Listener>();
const recoveries = new Set<Listener>();

function set(since: Date | null): void {
  if ((offlineSince === null) === (since === null)) return;
  offlineSince = since;
  for (const listener of listeners) listener();
  if (since === null) for (const recover of recoveries) recover();
}

export const connection = {
  /** Nothing answers, or the browser says that there is no network. */
  lost: () => set(new Date()),
  /** An answer came. */
  answered: () => set(null),
  isLost: () => offlineSince !== null,
  /** Calls `recover` whenever the platform answers again. @returns what ends it */
  onRecovery(recover: Listener): Listener {
    recoveries.add(recover);
    return () => recoveries.delete(recover);
  },
};

/** Since when nothing answers; null when all is well. */
export function useOfflineSince(): Date | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => offlineSince,
  );
}
