/** A stack is one folder (`.muster`) with everything that one set of local processes needs; several may live on one machine. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that this code runs from. */
export const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Stack {
  /** Absolute path of the folder. */
  home: string;
  /** Marks every process and container of this stack, so that `down` ends these and no others. */
  id: string;
  /** False where the data is thrown away soon: the engines then skip their fsync. */
  durable: boolean;
}

export interface StackOptions {
  home?: string;
  durable?: boolean;
}

/** Opens the stack in `home` (default `MUSTER_HOME`, then `.muster` of the checkout), and makes it at first use. */
export function openStack({
  home = process.env.MUSTER_HOME ?? join(checkout, '.muster'),
  durable = true,
}: StackOptions = {}): Stack {
  const folder = resolve(home);
  // 0711: Postgres runs as another user when we are root, and must be able to pass through to its data.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  for (const name of ['run', 'logs', 'secrets']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  const file = join(folder, 'stack.json');
  if (!existsSync(file)) writePrivate(file, `${JSON.stringify({ id: randomBytes(6).toString('hex'), durable })}\n`);
  return { home: folder, ...(JSON.parse(readFileSync(file, 'utf8')) as Pick<Stack, 'id' | 'durable'>) };
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** A random secret of this stack (hex), made at first use and kept in `secrets/` with mode 0600. */
export function secret(stack: Stack, name: string, bytes = 24): string {
  const path = join(stack.home, 'secrets', name);
  if (!existsSync(path)) writePrivate(path, randomBytes(bytes).toString('hex'));
  return readFileSync(path, 'utf8');
}

/** A path as a person would type it from where they are. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** The variables that this stack offers to others, as kept in `.muster/env`. */
export function readEnvironment(stack: Stack): Record<string, string> {
  const path = join(stack.home, 'env');
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, 'utf8').matchAll(/^export (\w+)='(.*)'$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]));
}

/** Adds variables to `.muster/env`, the file that a developer's shell sources. */
export function addEnvironment(stack: Stack, variables: Record<string, string>): void {
  const all = { ...readEnvironment(stack), ...variables };
  const lines = Object.entries(all).map(([name, value]) => `export ${name}='${value}'\n`);
  writePrivate(join(stack.home, 'env'), lines.join(''));
}
