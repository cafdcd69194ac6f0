/** A fetch for streams that may be silent for long: Node's own gives up on one after five minutes without a byte. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

/** Reads only: the method and the body of `init` are not looked at. */
export const patientFetch: typeof fetch = async (input, init) => {
  const url = new URL(String(input));
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    headers: Object.fromEntries(new Headers(init?.headers)),
    ...(init?.signal && { signal: init.signal }),
  });
  const [answer] = (await once(request.end(), 'response')) as [IncomingMessage];
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, {
    status: answer.statusCode ?? 502,
    headers: { 'content-type': answer.headers['content-type'] ?? '' },
  });
};
