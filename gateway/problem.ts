/** How the gateway refuses: `application/problem+json` (RFC 9457), also on connections that never became a request. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { toProblem } from '@muster/api-http';
import type { ErrorCode, Logger } from '@muster/common';

/** A refusal as it goes over the wire. */
export interface Refusal {
  code: ErrorCode;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** In seconds: services are back in about that time. */
const retryAfter: Partial<Record<ErrorCode, string>> = { bad_gateway: '2', unavailable: '2' };

/** @param status where it is more exact than the code's own, such as 408 */
export function refusalOf(error: unknown, requestId: string, log: Logger, status?: number): Refusal {
  const problem = { ...toProblem(error, requestId, log), ...(status !== undefined && { status }) };
  const body = JSON.stringify(problem);
  const { code } = problem;
  return {
    code,
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...(retryAfter[code] && { 'retry-after': retryAfter[code] }),
      ...(code === 'unauthenticated' && { 'www-authenticate': 'Bearer realm="muster"' }),
    },
    body,
  };
}

/** Writes a refusal on a raw connection and closes it. */
export function refuseOnSocket(socket: Duplex, { status, headers, body }: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
