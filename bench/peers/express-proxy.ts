/** The peer of the gateway: a bare Express proxy with kept-alive connections, and nothing else. */
import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

express()
  .disable('x-powered-by')
  .use(createProxyMiddleware({ target: process.env.UPSTREAM, agent: new Agent({ keepAlive: true }) }))
  .listen(Number(process.env.PORT), '127.0.0.1');
