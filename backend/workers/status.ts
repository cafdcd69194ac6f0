/** The status axis: what a worker is doing. It follows from what was asked and seen, and is never merged with readiness. */
import { dayMs, type WorkerStatus } from '@muster/common';

/** Without contact for so long, a worker counts as gone (product.md). */
export const inactiveAfterMs = 5 * dayMs;

export interface StatusInput {
  blocked: boolean;
  connected: boolean;
  lastContactAt: Date;
  /** Devices were reported, and they are of no supported model. */
  unsupported: boolean;
  draining: boolean;
  paused: boolean;
  hired: boolean;
}

/** The status, the strongest cause first: what the operator decided, what is unreachable, what cannot work, what the owner asked. */
export function statusOf(input: StatusInput, now: Date): WorkerStatus {
  if (input.blocked) return 'blocked';
  if (!input.connected) return now.getTime() - input.lastContactAt.getTime() >= inactiveAfterMs ? 'inactive' : 'down';
  if (input.unsupported) return 'unsupported';
  if (input.draining) return 'draining';
  if (input.paused) return 'paused';
  return input.hired ? 'running' : 'idle';
}
