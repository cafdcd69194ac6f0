/** `muster test`: everything that a change needs, in stages with their times, against a stack that is thrown away afterwards. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type BinaryName, ensureBinaries } from './binaries.ts';
import { ensureChromium } from './chromium.ts';
import { demoDefaults, setUpDemo } from './demo/demo.ts';
import { removeStack } from './down.ts';
import { ensureDemoImage } from './images.ts';
import { onInterrupt } from './interrupt.ts';
import { runLogged } from './packages.ts';
import { createProgress, explain, type Progress, StepError, silent } from './progress.ts';
import { checkout, openStack, readEnvironment, type Stack } from './stack.ts';
import { logPath } from './supervisor.ts';
import { startFoundations } from './up.ts';
import { checkSizes, ensureWeb } from './web.ts';

interface Tally {
  passed: number;
  failed: number;
}

/** The static checks, each a task of turbo that is cached by its inputs. */
const staticChecks = { lint: 'Lint', types: 'Types', imports: 'Imports', deadcode: 'Dead code', contract: 'Contract' };
/** So many of each simulated model that a test can ask for 20 clusters of one. */
const simulatedWorkers = 200;
/** What the walk of bad input sends in a minute, and more: the limits have tests of their own. */
const suiteLimits = Object.fromEntries(
  ['VISITOR', 'ACTOR', 'WRITES', 'FAILURES', 'LOGINS_ACCOUNT', 'LOGINS_ADDRESS', 'SIGNUPS', 'OPEN'].map((limit) => [
    `MUSTER_LIMIT_${limit}`,
    '100000',
  ]),
);
/** Built before any test: within one, a first build would run into its time limit. */
const testPrograms: BinaryName[] = ['kubectl', 'kubelet', 'kwok', 'helm'];

/**
 * Runs all checks, or just the given test files, and closes with the line `N passed, N failed`.
 *
 * @param home folder of the user's own stack; the test stacks lie inside it
 */
export async function runChecks(home: string, files: string[]): Promise<void> {
  const progress = createProgress();
  const tally = files.length > 0 ? await runFiles(home, files, progress) : await runAll(home, progress);
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

/** A few files, on a test stack that stays up for the next time (`muster down` stops it). */
async function runFiles(home: string, files: string[], progress: Progress): Promise<Tally> {
  const stack = openStack({ home: join(home, 'test'), durable: false });
  await startTestStack(stack, progress);
  const paths = files.map((file) => relative(checkout, resolve(file)));
  const e2e = paths.some((path) => path.startsWith('e2e'));
  if (e2e) await startDemo(stack, progress);
  return runJest(stack, paths, e2e);
}

async function runAll(home: string, progress: Progress): Promise<Tally> {
  const options = { home: join(home, 'check'), durable: false };
  await removeStack(openStack(options), silent); // What a run that was killed may have left.
  const stack = openStack(options);
  onInterrupt(() => removeStack(stack, progress));
  const tally = { passed: 0, failed: 0 };
  const stage = async (title: string, work: () => Promise<unknown>, log?: string) => {
    try {
      await progress.step(title, work, log ? { log } : {});
      tally.passed++;
      return true;
    } catch (error) {
      explain(error);
      tally.failed++;
      return false;
    }
  };
  try {
    for (const [task, title] of Object.entries(staticChecks)) {
      const log = logPath(stack, task);
      await stage(title, () => runStatic(task, log), log);
    }
    if (await stage('Web builds', () => ensureWeb(stack, progress))) {
      await stage('Web size', async () => checkSizes());
    }
    if (await stage('A stack for the tests', () => startTestStack(stack, progress))) {
      await runSuite(tally, stack, [], false);
      if (await stage('The demo, for the end-to-end tests', () => startDemo(stack, progress))) {
        await runSuite(tally, stack, ['e2e/'], true);
      }
    }
  } finally {
    await removeStack(stack, progress);
  }
  return tally;
}

async function runStatic(task: string, log: string): Promise<void> {
  rmSync(log, { force: true });
  const turbo = join(checkout, 'node_modules/.bin/turbo');
  const status = await runLogged([turbo, 'run', `//#${task}`, '--output-logs=errors-only', '--no-color'], log, {
    cwd: checkout,
    env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  if (status !== 0) throw new StepError(`npm run ${task} failed.`, { log });
}

async function startTestStack(stack: Stack, progress: Progress): Promise<void> {
  await startFoundations(stack, progress);
  await progress.step('Programs of the tests', () => ensureBinaries(testPrograms, progress));
  await progress.step('Image of the tests', () => ensureDemoImage(stack));
}

/** The platform with its people and workers, for the end-to-end tests, and a browser for those of the web. */
async function startDemo(stack: Stack, progress: Progress): Promise<void> {
  Object.assign(process.env, suiteLimits);
  await progress.step('Browser of the tests', () => ensureChromium(stack), { describe: (path) => path });
  await setUpDemo(stack, { ...demoDefaults, simulate: simulatedWorkers }, progress);
}

async function runSuite(tally: Tally, stack: Stack, paths: string[], e2e: boolean): Promise<void> {
  const { passed, failed } = await runJest(stack, paths, e2e);
  tally.passed += passed;
  tally.failed += failed;
}

/** Runs jest with the addresses of the stack; its report goes to the terminal, its counts come back. */
async function runJest(stack: Stack, paths: string[], e2e: boolean): Promise<Tally> {
  const outputFile = join(stack.home, `jest-${e2e ? 'e2e' : 'unit'}.json`);
  rmSync(outputFile, { force: true });
  const jest = join(checkout, 'node_modules/jest/bin/jest.js');
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--ci', '--json'];
  const child = spawn(
    process.execPath,
    [...args, `--outputFile=${outputFile}`, ...(e2e ? ['--runInBand'] : []), ...paths],
    {
      cwd: checkout,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        ...readEnvironment(stack),
        MUSTER_HOME: stack.home,
        NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
        ...(e2e ? { MUSTER_E2E: '1' } : {}),
      },
    },
  );
  process.once('exit', () => child.kill());
  await new Promise((done) => child.once('exit', done));
  if (!existsSync(outputFile)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(outputFile, 'utf8'));
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}
