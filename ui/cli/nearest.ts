/** The nearest requests that would work, as flags that can be typed. */
import { formatMicro } from '@muster/common';
import type { Schemas } from '@muster/contract/client';

/** What of a request decides which workers match, as the flags of `quote` and `cluster create`. */
export function asFlags(request: Schemas['RequestedCluster']): string {
  const { processor, location, connectivity, priceGuard } = request;
  const flag = (name: string, values: readonly (string | number)[] = []) => values.map((value) => `--${name} ${value}`);
  return [
    ...flag('model', processor.modelIds),
    ...flag('workers', [request.workers]),
    ...flag('devices', [processor.devicesPerWorker ?? 1]),
    ...flag('country', location?.countries),
    ...flag('region', location?.regions),
    ...flag('tier', connectivity?.tier ? [connectivity.tier] : []),
    ...(connectivity?.oneSite ? ['--one-site'] : []),
    ...(connectivity?.oneNetworkDomain ? ['--one-network-domain'] : []),
    ...flag('compliance', request.compliance),
    ...flag('service-tier', request.serviceTier ? [request.serviceTier] : []),
    ...flag(
      'max-price',
      priceGuard?.maxMicroUsdPerDeviceHour ? [formatMicro(BigInt(priceGuard.maxMicroUsdPerDeviceHour))] : [],
    ),
    ...(request.simulated ? ['--simulated'] : []),
  ].join(' ');
}
