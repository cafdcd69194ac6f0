/** How the web is built and, while it is worked on, served: `npm exec vite ui/web`, beside a stack that runs. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const gateway = process.env.MUSTER_URL ?? 'http://127.0.0.1:8080';
// The gateway opens WebSockets only to its own pages: what is served here passes as one.
const proxied = Object.fromEntries(
  ['/v1', '/private/v1', '/internal/v1'].map((path) => [
    path,
    { target: gateway, ws: true, changeOrigin: true, rewriteWsOrigin: true },
  ]),
);

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The policy forbids what is inlined, and files are cached.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // For weighing what each area loads; infra/local/web.ts does.
    manifest: true,
    // What a dozen pages share comes as one file: hundreds of small ones are slower to fetch and a tenth larger.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 12 }] } } },
  },
  server: { host: '127.0.0.1', proxy: proxied },
});
