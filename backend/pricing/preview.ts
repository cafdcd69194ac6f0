/** What a base price would do before it is set: pure arithmetic over the supply there is. */

import type { Supply } from './market.ts';
import { marketPrice } from './market.ts';

/** How many ready devices of the model have which floor in a region; `floorCounts` of the workers domain. */
export interface Floor {
  region: string;
  simulated: boolean;
  floorMicroUsdPerHour: bigint;
  readyDevices: number;
}

export interface PricePreview {
  modelId: string;
  /** The base price in force; null when there is none. */
  currentMicroUsdPerHour: bigint | null;
  proposedMicroUsdPerHour: bigint;
  regions: {
    region: string;
    simulated: boolean;
    readyDevices: number;
    hiredDevices: number;
    currentMicroUsdPerHour: bigint | null;
    proposedMicroUsdPerHour: bigint;
    devicesAboveFloor: number;
  }[];
}

/**
 * What a device-hour of a model would cost in each region with supply, at the utilisation of now and before tiers, compliance and
 * interconnect, and how many of the ready devices that price reaches the floor of. Real supply first, then by region.
 *
 * @param current the base price in force, if there is one
 */
export function previewBasePrice(
  { modelId, priceMicroUsdPerHour: proposed }: { modelId: string; priceMicroUsdPerHour: bigint },
  current: bigint | undefined,
  supply: readonly Supply[],
  floors: readonly Floor[],
): PricePreview {
  const regions = supply
    .filter((each) => each.modelId === modelId)
    .sort((a, b) => Number(a.simulated) - Number(b.simulated) || (a.region < b.region ? -1 : 1))
    .map(({ region, simulated, readyDevices, hiredDevices }) => {
      const price = marketPrice(proposed, readyDevices, hiredDevices);
      const reached = floors.filter(
        (floor) => floor.region === region && floor.simulated === simulated && floor.floorMicroUsdPerHour <= price,
      );
      return {
        region,
        simulated,
        readyDevices,
        hiredDevices,
        currentMicroUsdPerHour: current === undefined ? null : marketPrice(current, readyDevices, hiredDevices),
        proposedMicroUsdPerHour: price,
        devicesAboveFloor: reached.reduce((sum, floor) => sum + floor.readyDevices, 0),
      };
    });
  return { modelId, currentMicroUsdPerHour: current ?? null, proposedMicroUsdPerHour: proposed, regions };
}
