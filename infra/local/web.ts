/** Builds the web when anything that goes into it has changed, compresses its files, and weighs what a first visit loads. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip, gzipSync, constants as zlib } from 'node:zlib';
import { bundleAgent } from '@muster/agent';
import { withLock } from './locks.ts';
import { runLogged } from './packages.ts';
import { type Progress, StepError } from './progress.ts';
import { checkout, type Stack } from './stack.ts';
import { logPath } from './supervisor.ts';

const source = join(checkout, 'ui/web');
/** What the gateway serves (`MUSTER_WEB_ROOT`): the pages, and the agent that suppliers download. */
export const webRoot = join(source, 'dist');
const stampOf = (root: string) => join(root, '.vite/stamp');

/** Everything that the build reads. */
const inputs = ['ui/web', 'api/contract', 'common', 'infra/agent', 'infra/local/web.ts', 'package-lock.json'];
const outputs = new Set(['dist', 'node_modules']);

/** The most that a first visit to an area may load as script. */
const limitBytes = 250_000;

/** The weight of an area: what its first page needs, gzipped. */
export interface AreaSize {
  area: string;
  bytes: number;
}

/** The build as a step that people see, with what a first visit to each area loads. */
export function ensureWeb(stack: Stack, progress: Progress): Promise<boolean> {
  const log = logPath(stack, 'web');
  rmSync(log, { force: true });
  return progress.step('Web', () => buildWeb(log), {
    log,
    describe: (built) => `${built ? 'built' : 'up to date'}; script of a first visit: ${describeSizes(measureWeb())}`,
  });
}

/**
 * Builds the web unless it stands as its sources do.
 *
 * @param log path of the file that the build appends to
 * @returns whether there was anything to do
 * @throws StepError when it does not build
 */
export async function buildWeb(log: string): Promise<boolean> {
  const cache = join(checkout, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  return withLock(join(cache, 'web.lock'), async () => {
    const stamp = fingerprint();
    if (existsSync(stampOf(webRoot)) && readFileSync(stampOf(webRoot), 'utf8') === stamp) return false;
    // Beside the old build, and put in its place when it is whole: a gateway that runs serves one or the other.
    const next = join(cache, 'web');
    const vite = [process.execPath, join(checkout, 'node_modules/vite/bin/vite.js'), 'build', source];
    const env = { NODE_ENV: 'production', NO_COLOR: '1', FORCE_COLOR: '0' };
    if ((await runLogged([...vite, '--outDir', next, '--emptyOutDir'], log, { cwd: checkout, env })) !== 0) {
      throw new StepError('The web does not build.', { log });
    }
    await bundleAgent(join(next, 'agent'));
    await compressAll(next);
    writeFileSync(stampOf(next), stamp);
    const former = join(cache, 'web-former');
    rmSync(former, { recursive: true, force: true });
    if (existsSync(webRoot)) {
      keepAssets(webRoot, next);
      renameSync(webRoot, former);
    }
    renameSync(next, webRoot);
    rmSync(former, { recursive: true, force: true });
    return true;
  });
}

/** Pages that were opened with the former build still load their parts from it: its own assets stay for one more build. */
function keepAssets(from: string, to: string): void {
  if (!existsSync(manifestOf(from))) return;
  const chunks = Object.values(readManifest(from));
  const files = chunks.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]);
  for (const name of new Set(files.flatMap((file) => [file, `${file}.br`, `${file}.gz`]))) {
    if (existsSync(join(from, name)) && !existsSync(join(to, name))) copyFileSync(join(from, name), join(to, name));
  }
}

/** Changes when anything that the build reads does. */
function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  const add = (path: string): void => {
    const entries = existsSync(path) ? listFolder(path) : [];
    if (!entries) hash.update(relative(checkout, path)).update(readFileSync(path));
    else for (const name of entries) add(join(path, name));
  };
  for (const input of inputs) add(join(checkout, input));
  return hash.digest('hex');
}

/** Names in a folder, without what is made or only tests it; undefined for a file. */
function listFolder(path: string): string[] | undefined {
  try {
    return readdirSync(path)
      .filter((name) => !outputs.has(name) && !name.endsWith('.test.ts'))
      .sort();
  } catch {
    return undefined;
  }
}

const compressible = new Set(['.js', '.mjs', '.css', '.html', '.svg', '.json']);
const [toBrotli, toGzip] = [promisify(brotliCompress), promisify(gzip)];

/** Writes `.br` and `.gz` beside every file that shrinks, at the best level: it is done once and read by everybody. */
async function compressAll(root: string): Promise<void> {
  const files = await readdir(root, { recursive: true });
  await Promise.all(
    files
      .filter((file) => compressible.has(extname(file)) && !file.startsWith('.vite'))
      .map(async (file) => {
        const content = await readFile(join(root, file));
        const smaller = {
          br: await toBrotli(content, { params: { [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY } }),
          gz: await toGzip(content, { level: zlib.Z_BEST_COMPRESSION }),
        };
        for (const [ending, packed] of Object.entries(smaller)) {
          if (packed.length < content.length) await writeFile(join(root, `${file}.${ending}`), packed);
        }
      }),
  );
}

/** An entry of vite's manifest: a file of the build, and the keys of those that it cannot do without. */
interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
  assets?: string[];
}

const manifestOf = (root: string) => join(root, '.vite/manifest.json');

function readManifest(root: string): Record<string, Chunk> {
  return JSON.parse(readFileSync(manifestOf(root), 'utf8'));
}

/**
 * What a first visit to each area loads: the entry, the texts, the area's frame and its first page, each with all that it
 * imports statically. What pages load by themselves later is not in it.
 */
export function measureWeb(root = webRoot): AreaSize[] {
  const manifest = readManifest(root);
  const entries = Object.keys(manifest).filter((key) => manifest[key]!.isEntry);
  const sizes = new Map<string, number>();
  const sizeOf = (file: string) => {
    if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(root, file)), { level: 9 }).length);
    return sizes.get(file)!;
  };
  return readdirSync(join(source, 'areas')).map((area) => {
    const routes = readFileSync(join(source, 'areas', area, 'routes.ts'), 'utf8');
    const pages = [...routes.matchAll(/import\('\.\/([\w-]+\.tsx)'\)/g)].map(([, file]) => `areas/${area}/${file}`);
    const texts = ['common', area].map((name) => `messages/en/${name}.ts`);
    const needed = [...entries, ...texts, ...pages.slice(0, 2)].filter((key) => key in manifest);
    const files = new Set<string>(['theme.js']);
    const visit = (key: string): void => {
      const { file, imports = [] } = manifest[key]!;
      if (files.has(file)) return;
      files.add(file);
      imports.forEach(visit);
    };
    needed.forEach(visit);
    return { area, bytes: [...files].reduce((sum, file) => sum + sizeOf(file), 0) };
  });
}

/** In one line: `console 143 kB, …`. */
function describeSizes(sizes: AreaSize[]): string {
  return sizes.map(({ area, bytes }) => `${area} ${Math.round(bytes / 1_000)} kB`).join(', ');
}

/** @throws StepError naming the areas that are too heavy */
export function checkSizes(): void {
  const heavy = measureWeb().filter(({ bytes }) => bytes > limitBytes);
  if (heavy.length === 0) return;
  throw new StepError(
    `The first visit to an area may load ${limitBytes / 1_000} kB of script: ${describeSizes(heavy)}.`,
    {
      fix: 'load what is heavy by `lazy`, when the page has something to show with it',
    },
  );
}
