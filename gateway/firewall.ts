/** The first step: who may connect at all, and what a request may look like. */
import { BlockList, isIPv4 } from 'node:net';
import { DomainError } from '@muster/common';
import type { NextFunction, Request, Response } from 'express';
import type { GatewayConfig } from './config.ts';

/** Addresses and networks in CIDR notation. */
export class Networks {
  #list = new BlockList();
  readonly size: number;

  /** @throws Error for what is no network */
  constructor(networks: readonly string[]) {
    this.size = networks.length;
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      if (prefix !== undefined && !/^\d+$/.test(prefix)) throw new Error(`"${network}" is no network.`);
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (prefix === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(prefix), family);
    }
  }

  has(address: string): boolean {
    if (this.size === 0) return false;
    const plain = address.replace(/^::ffff:/, '');
    return this.#list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
  }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Dot segments, encoded or not, encoded slashes, backslashes and empty segments: none is in an address of ours. */
const crookedPath = /(^|\/)(\.|%2e){1,2}(\/|$)|%2f|%5c|%00|\\|\/\//i;

/** Names under which credentials are put into query strings, whence they reach logs, histories and other sites. */
const credentialNames = new Set([
  'access_token',
  'api_key',
  'api-key',
  'apikey',
  'auth',
  'authorization',
  'bearer',
  'jwt',
  'password',
  'secret',
  'token',
]);

/** Refuses addresses, methods, paths and sizes. @throws DomainError by `next` */
export function firewall(config: GatewayConfig) {
  const allowed = new Networks(config.MUSTER_FIREWALL_ALLOW);
  const denied = new Networks(config.MUSTER_FIREWALL_DENY);

  const check = (request: Request): void => {
    const { address } = request.seen;
    if (denied.has(address) || (allowed.size > 0 && !allowed.has(address))) {
      throw new DomainError('blocked', 'Requests from this address are not admitted.');
    }
    if (!methods.has(request.method)) {
      throw new DomainError('method_not_allowed', `${request.method} is not understood here.`);
    }
    if (request.rawHeaders.length / 2 > config.MUSTER_MAX_HEADERS) {
      throw new DomainError('headers_too_large', `More than ${config.MUSTER_MAX_HEADERS} headers were sent.`);
    }
    if (Number(request.headers['content-length'] ?? 0) > config.MUSTER_MAX_BODY_BYTES) throw tooLarge(config);
    checkTarget(request.originalUrl);
  };

  return (request: Request, _response: Response, next: NextFunction): void => {
    check(request);
    next();
  };
}

export const tooLarge = (config: GatewayConfig) =>
  new DomainError('too_large', `A body has at most ${config.MUSTER_MAX_BODY_BYTES} bytes.`);

function checkTarget(target: string): void {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  if (!path.startsWith('/') || crookedPath.test(path)) {
    throw new DomainError('invalid_request', 'The path is not in its plain form.');
  }
  if (mark === -1) return;
  for (const [name, value] of new URLSearchParams(target.slice(mark + 1))) {
    if (credentialNames.has(name.toLowerCase()) || value.startsWith('msk_')) {
      throw new DomainError('invalid_request', 'Credentials are not taken from the query string.', {
        fix: 'Send them in the Authorization header.',
      });
    }
  }
}
