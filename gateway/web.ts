/** `/`: the built web when there is one, else the names of the APIs. */
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DomainError } from '@muster/common';
import express, { type RequestHandler, Router } from 'express';

/**
 * @param root the folder of the build: `index.html`, files under `assets/` with their content's hash in their name, and the
 *   agent's under `agent/`
 */
export function web(root: string | undefined): Router {
  const router = Router();
  if (root === undefined) {
    router.get('/', (_request, response) => {
      response.json({
        name: 'Muster',
        openapi: ['/v1/openapi.json', '/private/v1/openapi.json', '/internal/v1/openapi.json'],
      });
    });
  } else {
    const fresh = { redirect: false, setHeaders: asScript, cacheControl: false } as const;
    const assets = express.static(join(root, 'assets'), { redirect: false, immutable: true, maxAge: '1y' });
    router.use('/assets', compressed(join(root, 'assets')), assets, notFound);
    router.use('/agent', askedAnew, express.static(join(root, 'agent'), fresh), notFound);
    router.use(askedAnew, compressed(root), express.static(root, fresh));
    router.use(asPage, compressed(root), express.static(root, fresh));
  }
  router.use(notFound);
  return router;
}

/** What the build has compressed beside a file, by what the caller takes; the smallest first. */
const encodings = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

/** Leads to the compressed twin of a file where the build has made one, at a level that no request could wait for. */
function compressed(root: string): RequestHandler {
  return async (request, response, next) => {
    const path = request.path === '/' ? '/index.html' : request.path;
    // Names in a build are plain; whatever else is asked for is left to what serves files.
    if (!isRead(request.method) || !/^[\w/.-]+$/.test(path)) return next();
    response.vary('accept-encoding');
    for (const { name, ending } of encodings) {
      if (request.acceptsEncodings(name) !== name || !(await isFile(join(root, path + ending)))) continue;
      response.setHeader('content-encoding', name);
      response.type(extname(path));
      request.url = path + ending;
      break;
    }
    next();
  };
}

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const askedAnew: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-cache');
  next();
};

/** `join.sh` is for people to read before they run it; servers do not know its type by its ending. */
function asScript(response: { setHeader(name: string, value: string): unknown }, path: string): void {
  if (path.endsWith('.sh')) response.setHeader('content-type', 'text/x-shellscript; charset=utf-8');
}

/** The web routes by itself: every page is its one document. A program that takes anything is told that there is nothing. */
const asPage: RequestHandler = (request, _response, next) => {
  if (!isRead(request.method) || !request.headers.accept?.includes('text/html')) notFound();
  request.url = '/index.html';
  next();
};

const isRead = (method: string) => method === 'GET' || method === 'HEAD';

function notFound(): never {
  throw new DomainError('not_found', 'There is nothing at this address.');
}
