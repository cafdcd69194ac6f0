/** A request as others would send it: a command line, curl, and TypeScript, ready to copy. The API key is a variable of the shell. */
import { formatMicro } from '@muster/common/money';
import type { Request } from './draft.ts';
import { quoted } from './words.ts';

/** The command line of `muster`; its flags are those of `ui/cli/request.ts`. */
export function asCommandLine(request: Request): string {
  const { processor, location, connectivity, priceGuard, autoscaling } = request;
  const flag = (name: string, ...values: readonly (string | number | undefined)[]) =>
    values.filter((value) => value !== undefined).map((value) => `--${name} ${quoted(String(value))}`);
  const bare = (name: string, given: boolean | undefined) => (given ? [`--${name}`] : []);
  const dollars = (micro: string | undefined) => micro && formatMicro(BigInt(micro));
  return [
    'muster cluster create',
    ...flag('name', request.name),
    ...flag('kind', request.kind),
    ...flag('image', request.image),
    ...flag('env', ...Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`)),
    ...flag('arg', ...(request.args ?? [])),
    ...flag('model', ...processor.modelIds),
    ...flag('devices', processor.devicesPerWorker),
    ...flag('workers', request.workers),
    ...flag('country', ...(location?.countries ?? [])),
    ...flag('region', ...(location?.regions ?? [])),
    ...flag('tier', connectivity?.tier),
    ...bare('one-site', connectivity?.oneSite),
    ...bare('one-network-domain', connectivity?.oneNetworkDomain),
    ...flag('compliance', ...(request.compliance ?? [])),
    ...flag('service-tier', request.serviceTier),
    ...flag('hours', request.time?.hours),
    ...flag('max-price', dollars(priceGuard?.maxMicroUsdPerDeviceHour)),
    ...flag('spending-cap', dollars(priceGuard?.spendingCapMicroUsd)),
    ...flag('min-workers', autoscaling?.minWorkers),
    ...flag('max-workers', autoscaling?.maxWorkers),
    ...flag('idle-shutdown', request.idleShutdownSeconds),
    ...bare('simulated', request.simulated),
    ...(request.command?.length ? [`-- ${request.command.map(quoted).join(' ')}`] : []),
  ].join(' \\\n  ');
}

/** @param url the address of this Muster, without a path */
export function asCurl(request: Request, url: string): string {
  return [
    `curl --fail-with-body ${quoted(`${url}/v1/clusters`)}`,
    '-H "Authorization: Bearer $MUSTER_API_KEY"',
    "-H 'Content-Type: application/json'",
    '-H "Idempotency-Key: $(uuidgen)"',
    `--data ${quoted(JSON.stringify({ request }, undefined, 2))}`,
  ].join(' \\\n  ');
}

/** @param url the address of this Muster, without a path */
export function asTypeScript(request: Request, url: string): string {
  const body = JSON.stringify({ request }, undefined, 2).replaceAll('\n', '\n    ');
  return `import { answer, createMusterClient } from '@muster/contract/client';

const muster = createMusterClient({
  url: ${JSON.stringify(url)},
  apiKey: process.env.MUSTER_API_KEY!,
});

const cluster = await answer(
  muster.public.POST('/clusters', {
    headers: { 'Idempotency-Key': crypto.randomUUID() },
    body: ${body},
  }),
);
console.log(cluster.id, cluster.state);
`;
}
