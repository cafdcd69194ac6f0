/**
 * A small device plugin for the test node: it offers a few devices as `nvidia.com/gpu`, and tells a container which ones
 * it got, as NVIDIA's own plugin does, in `NVIDIA_VISIBLE_DEVICES`. Runs as `node device-plugin.ts <devices>`.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  credentials,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** Where the kubelet looks for plugins; fixed in its source. */
const folder = '/var/lib/kubelet/device-plugins';
const endpoint = 'muster-test.sock';
const devices = Array.from({ length: Number(process.argv[2] ?? 2) }, (_, index) => ({
  ID: `GPU-test-${index}`,
  health: 'Healthy',
}));

const definition = loadSync(new URL('deviceplugin.proto', import.meta.url).pathname, { keepCase: true });
// biome-ignore lint/suspicious/noExplicitAny: grpc-js types what it loads at run time as little more than an object
const { v1beta1 } = loadPackageDefinition(definition) as any;

const server = new Server();
server.addService(v1beta1.DevicePlugin.service, {
  GetDevicePluginOptions: (_: unknown, done: sendUnaryData<object>) => done(null, {}),
  GetPreferredAllocation: (_: unknown, done: sendUnaryData<object>) => done(null, {}),
  PreStartContainer: (_: unknown, done: sendUnaryData<object>) => done(null, {}),
  ListAndWatch: (call: ServerWritableStream<object, object>) => call.write({ devices }),
  Allocate(
    call: ServerUnaryCall<{ container_requests: { devicesIDs: string[] }[] }, object>,
    done: sendUnaryData<object>,
  ) {
    const answers = call.request.container_requests.map(({ devicesIDs }) => ({
      envs: { NVIDIA_VISIBLE_DEVICES: devicesIDs.join(',') },
    }));
    done(null, { container_responses: answers });
  },
});

// A kubelet empties the folder when it starts: whoever binds earlier loses its socket.
while (!existsSync(join(folder, 'kubelet.sock'))) await sleep(100);
rmSync(join(folder, endpoint), { force: true });
await new Promise<void>((resolve, reject) => {
  server.bindAsync(`unix://${join(folder, endpoint)}`, ServerCredentials.createInsecure(), (error) =>
    error ? reject(error) : resolve(),
  );
});

const registration = new v1beta1.Registration(`unix://${join(folder, 'kubelet.sock')}`, credentials.createInsecure());
const request = { version: 'v1beta1', endpoint, resource_name: 'nvidia.com/gpu', options: {} };
await new Promise<void>((resolve, reject) => {
  registration.Register(request, (error: Error | null) => (error ? reject(error) : resolve()));
});
process.stdout.write(`registered ${devices.length} devices\n`);
