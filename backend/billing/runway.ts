/** How long money lasts, without any I/O. */
import { hourMs } from '@muster/common';

export interface Burner {
  clusterId: string;
  rateMicroUsdPerHour: bigint;
  /** What is left of the cluster's hold. */
  held: bigint;
}

/**
 * How long each cluster can be paid: all live on the balance together, and each on its own hold after that.
 *
 * @returns whole milliseconds by cluster, rounded down; a cluster that costs nothing is absent
 */
export function runway(balance: bigint, burners: Burner[]): Map<string, number> {
  const costly = burners.filter((burner) => burner.rateMicroUsdPerHour > 0n);
  const together = costly.reduce((sum, burner) => sum + burner.rateMicroUsdPerHour, 0n);
  const spendable = balance > 0n ? balance : 0n;
  return new Map(
    costly.map(({ clusterId, rateMicroUsdPerHour, held }) => [
      clusterId,
      lasts(spendable, together) + lasts(held, rateMicroUsdPerHour),
    ]),
  );
}

const tooLongMs = 100 * 365 * 24 * hourMs;

function lasts(amount: bigint, rateMicroUsdPerHour: bigint): number {
  return Math.min(Number((amount * BigInt(hourMs)) / rateMicroUsdPerHour), tooLongMs);
}
