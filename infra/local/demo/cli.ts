/** The product's own command line, as a person of the demo: asked quietly for JSON, or shown as a reader would type it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { StepError } from '../progress.ts';
import { checkout, shown } from '../stack.ts';

export interface Cli {
  url: string;
  /** Path of the person's profile. */
  profile: string;
}

/**
 * Runs a command with `--json` and answers what it printed.
 *
 * @throws StepError with its complaint
 */
export async function ask(cli: Cli, args: string[]): Promise<Record<string, unknown>> {
  const { status, output, complaint } = await run(cli, ['--json', ...args], () => {});
  if (status !== 0) throw new StepError(`muster ${args.join(' ')} failed.\n${complaint.trim()}`);
  return JSON.parse(output);
}

/**
 * Prints a command as a reader could type it, and then its output as it comes.
 *
 * @returns the output
 */
export async function show(cli: Cli, args: string[]): Promise<string> {
  const typed = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
  process.stdout.write(`\n$ MUSTER_PROFILE=${shown(cli.profile)} ./muster ${typed}\n`);
  const { status, output } = await run(cli, args, (text) => process.stdout.write(text));
  if (status !== 0)
    throw new StepError(`The command above failed with exit status ${status}.`, { fix: './muster logs' });
  return output;
}

function run(
  { profile }: Cli,
  args: string[],
  onOutput: (text: string) => void,
): Promise<{ status: number | null; output: string; complaint: string }> {
  const { MUSTER_URL, MUSTER_API_KEY, ...environment } = process.env;
  const child = spawn(process.execPath, [join(checkout, 'ui/cli/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, MUSTER_PROFILE: profile },
  });
  const texts = { output: '', complaint: '' };
  const collect = (name: keyof typeof texts) => (chunk: Buffer) => {
    texts[name] += chunk;
    onOutput(String(chunk));
  };
  child.stdout.on('data', collect('output'));
  child.stderr.on('data', collect('complaint'));
  return new Promise((done) => child.once('close', (status) => done({ status, ...texts })));
}
