/** What a browser lets our pages do: only what they need, so that what slips into one can do next to nothing. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HelmetOptions } from 'helmet';

/**
 * Scripts are only files of ours: none is inline, and no page of ours is framed.
 *
 * @param secure whether we are reached by TLS: without it, a browser told to upgrade every request would not find us again
 */
export function pageSecurity(secure: boolean): HelmetOptions {
  return {
    strictTransportSecurity: secure,
    xFrameOptions: { action: 'deny' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The components set style attributes and their theme's variables in a style element; styles run nothing.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", own('ws'), own('wss')],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(secure && { upgradeInsecureRequests: [] }),
      },
    },
  };
}

/** Shells are WebSockets to the same host, which not every browser takes for our own origin. */
function own(protocol: 'ws' | 'wss') {
  // The host is what the caller says: only what cannot end the directive stands in it.
  return ({ headers: { host } }: IncomingMessage): string =>
    host !== undefined && /^[\w.:[\]-]+$/.test(host) ? `${protocol}://${host}` : "'self'";
}

const unused = [
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
];
const policy = [...unused, 'serial', 'usb'].map((feature) => `${feature}=()`).join(', ');

/** Devices and sensors that no page of ours asks for. */
export function pageFeatures(_request: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader('permissions-policy', policy);
  next();
}
