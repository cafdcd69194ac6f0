/** Where the CLI finds Muster and as whom: environment first, then the profile that `muster login` wrote. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from './failure.ts';

const Profile = z.object({ url: z.url(), apiKey: z.string() });
export type Profile = z.output<typeof Profile>;

function profilePath(): string {
  return (
    process.env.MUSTER_PROFILE ??
    join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'muster', 'profile.json')
  );
}

/**
 * The address and the key to use. `MUSTER_URL` and `MUSTER_API_KEY` win over the profile.
 *
 * @throws UserError when no address is known
 */
export async function readProfile(): Promise<{ url: string; apiKey: string | undefined }> {
  const stored = await storedProfile();
  const url = process.env.MUSTER_URL ?? stored?.url;
  if (!url) throw new UserError('No Muster is known here.', 'Run `muster login --url <address>`, or set MUSTER_URL.');
  const apiKey = process.env.MUSTER_API_KEY ?? (stored && stored.url === url ? stored.apiKey : undefined);
  return { url, apiKey };
}

export async function writeProfile(profile: Profile): Promise<string> {
  const path = profilePath();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 });
  return path;
}

export async function forgetProfile(): Promise<void> {
  await rm(profilePath(), { force: true });
}

async function storedProfile(): Promise<Profile | undefined> {
  const path = profilePath();
  try {
    return Profile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`The profile ${path} cannot be read.`, 'Run `muster login` to write it anew.');
  }
}
