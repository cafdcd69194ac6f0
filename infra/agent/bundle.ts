/** What a supplier downloads: the agent with all that it needs as one file, and the script that fetches and starts it. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

const source = (name: string) => join(import.meta.dirname, name);

/** Writes `muster-agent.mjs`, which needs nothing but Node 24, and `join.sh` into a folder; a web server gives them out as they are. */
export async function bundleAgent(folder: string): Promise<void> {
  // Only who bundles needs it: the node-bridge comes by here, too.
  const { build } = await import('rolldown');
  await build({
    input: source('main.ts'),
    platform: 'node',
    output: { file: join(folder, 'muster-agent.mjs'), format: 'esm', codeSplitting: false },
  });
  await copyFile(source('join.sh'), join(folder, 'join.sh'));
}
