/** What happens on Ctrl-C and SIGTERM: by default the process just ends, and `down` finds what it started. */

const exitCodes = { SIGINT: 130, SIGTERM: 143 };
type Signal = keyof typeof exitCodes;

/** Runs `cleanUp` before the process ends by a signal; without one, it ends as soon as the event loop is free. */
export function onInterrupt(cleanUp: () => Promise<unknown> = async () => {}): void {
  for (const signal of Object.keys(exitCodes) as Signal[]) {
    process.removeAllListeners(signal).once(signal, async () => {
      await cleanUp();
      process.exit(exitCodes[signal]);
    });
  }
}
