/** The browser that looks at the web for tests, screenshots and benches: the system's own Chromium. */
import { findProgram, installCommand, installPackages } from './packages.ts';
import { StepError } from './progress.ts';
import type { Stack } from './stack.ts';

/** With fonts, so that texts and flags look as they do elsewhere; Debian's names. */
export const chromiumPackages = ['chromium', 'fonts-liberation', 'fonts-noto-color-emoji'];

/** The browser that `MUSTER_CHROMIUM` names, or the first that is installed. */
export function findChromium(): string | undefined {
  return (
    process.env.MUSTER_CHROMIUM ||
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => findProgram(name)).find(Boolean)
  );
}

/**
 * Makes sure of a browser, and answers its path.
 *
 * @throws StepError with the command to type, where we may not install
 */
export async function ensureChromium(stack: Stack): Promise<string> {
  if (!findChromium()) await installPackages(stack, chromiumPackages);
  const found = findChromium();
  if (!found) throw new StepError('A Chromium is needed.', { fix: installCommand(chromiumPackages) });
  return found;
}
