import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@muster/common';
import { createAuthority, issueServerCertificate } from '@muster/workers';
import { Informer } from './informer.ts';
import { createKube, type Kube } from './kube.ts';

describe('a pool that means harm', () => {
  let server: Server;
  let kube: Kube;
  let ended = 0;

  /** Sends for as long as somebody listens. */
  async function flood(response: ServerResponse): Promise<void> {
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    response.once('close', () => {
      ended += 1;
    });
    while (!response.destroyed) await new Promise((resolve) => response.write(chunk, resolve));
  }

  beforeAll(async () => {
    const authority = await createAuthority('test');
    const { certificatePem, privateKeyPem } = await issueServerCertificate(authority, ['127.0.0.1']);
    server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
      if (request.url?.includes('watch=true') || request.url?.startsWith('/endless')) return void flood(response);
      response.end(JSON.stringify({ items: [], metadata: { resourceVersion: '1' } }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ca = Buffer.from(authority.certificatePem).toString('base64');
    kube = await createKube(
      JSON.stringify({
        'current-context': 'x',
        clusters: [{ name: 'x', cluster: { server: at, 'certificate-authority-data': ca } }],
        contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
        users: [{ name: 'x', user: { token: 'x' } }],
      }),
    );
  });
  afterAll(() => {
    kube.close();
    server.closeAllConnections();
    server.close();
  });

  test('and answers without end is cut off', async () => {
    await expect(kube.request('GET', '/endless')).rejects.toThrow('too large');
  });

  test('and tells of one event without end is cut off, and asked again', async () => {
    const before = ended;
    const informer = new Informer({ kube, log: createLogger('test', 'silent'), path: '/pods', onChange: () => {} });
    await informer.start();
    while (ended < before + 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await informer.stop();
  });
});
