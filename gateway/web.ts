/** `/`: the built web when there is one, else the names of the APIs. */
import { join } from 'node:path';
import { DomainError } from '@muster/common';
import express, { Router } from 'express';

/** @param root the folder with `index.html`; files under `assets/` have their content's hash in their name */
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
    router.use('/assets', express.static(join(root, 'assets'), { immutable: true, maxAge: '1y' }), notFound);
    router.use(express.static(root, { setHeaders: (response) => response.setHeader('cache-control', 'no-cache') }));
    router.use((request, response, next) => {
      // The web routes by itself: every page is its one document.
      if (request.method !== 'GET' || !request.accepts('html')) return next();
      response.sendFile('index.html', { root, headers: { 'cache-control': 'no-cache' } });
    });
  }
  router.use(notFound);
  return router;
}

function notFound(): never {
  throw new DomainError('not_found', 'There is nothing at this address.');
}
