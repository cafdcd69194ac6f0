/**
 * Writes what derives from the contract: `openapi/*.json` and the types of `client/`. With `--check` it writes nothing
 * and fails when what is checked in differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { internalApi } from './internal.ts';
import { openApi } from './openapi.ts';
import { privateApi } from './private.ts';
import { publicApi } from './public.ts';

/** Every generated file with its content. */
export async function generated(): Promise<Map<URL, string>> {
  const files = new Map<URL, string>();
  for (const [name, contract] of Object.entries({ public: publicApi, private: privateApi, internal: internalApi })) {
    const document = openApi(contract);
    files.set(new URL(`./openapi/${name}.json`, import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
    const types = astToString(await openapiTS(document as unknown as OpenAPI3, { defaultNonNullable: false }));
    files.set(
      new URL(`./client/${name}.d.ts`, import.meta.url),
      `// Generated from the contract by generate.ts.\n${types}`,
    );
  }
  return files;
}

if (import.meta.main) {
  const stale: string[] = [];
  for (const [file, content] of await generated()) {
    if (process.argv.includes('--check')) {
      if ((await readFile(file, 'utf8').catch(() => '')) !== content) stale.push(file.pathname);
    } else await writeFile(file, content);
  }
  if (stale.length > 0) {
    console.error(`The contract has changed. Run \`node api/contract/generate.ts\`:\n${stale.join('\n')}`);
    process.exitCode = 1;
  }
}
