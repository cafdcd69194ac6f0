/** What a person sees while the stack comes up: a line per step with its time and its log, and what to do when one fails. */
import { existsSync } from 'node:fs';
import { shown } from './stack.ts';
import { tail } from './supervisor.ts';

/** A step that cannot be done here, with what the reader can do about it. */
export class StepError extends Error {
  readonly fix: string | undefined;
  readonly log: string | undefined;

  constructor(message: string, { fix, log, cause }: { fix?: string; log?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'StepError';
    this.fix = fix;
    this.log = log;
  }
}

export interface Progress {
  /** Runs one step and shows it; the returned text of `describe` stands behind the title. */
  step<T>(
    title: string,
    work: () => Promise<T>,
    options?: { log?: string; describe?: (result: T) => string },
  ): Promise<T>;
  /** Says that something takes longer, such as a first build. */
  note(text: string): void;
}

/** Progress on a terminal (the last line says what is under way) or, elsewhere, as plain lines. */
export function createProgress(output: NodeJS.WriteStream = process.stderr): Progress {
  const fancy = output.isTTY === true;
  const open = new Set<string>();
  const line = (text: string) => {
    output.write(`${fancy ? '\r\x1b[2K' : ''}${text}\n`);
    showOpen();
  };
  const showOpen = () => {
    if (fancy && open.size > 0) output.write(`\r\x1b[2K… ${[...open].join(', ')}`);
  };
  return {
    async step(title, work, { log, describe } = {}) {
      const started = performance.now();
      const finish = (sign: string, more = '') => {
        open.delete(title);
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        line(`${sign} ${title}${more} · ${seconds} s${log ? ` · ${shown(log)}` : ''}`);
      };
      open.add(title);
      showOpen();
      try {
        const result = await work();
        finish('✓', describe ? ` (${describe(result)})` : '');
        return result;
      } catch (error) {
        finish('✗');
        throw error;
      }
    },
    note: (text) => line(`  ${text}`),
  };
}

/** For tests and programs: nothing is shown. */
export const silent: Progress = { step: (_title, work) => work(), note: () => {} };

/** Tells a person what failed: the sentence, the log's last lines, and the fix. */
export function explain(error: unknown, output: NodeJS.WriteStream = process.stderr): void {
  if (!(error instanceof StepError)) {
    output.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return;
  }
  output.write(`\n${error.message}\n`);
  if (error.cause instanceof Error) output.write(`${error.cause.message}\n`);
  if (error.log && existsSync(error.log)) {
    output.write(`\nThe last lines of ${shown(error.log)}:\n${tail(error.log, 40).replace(/^/gm, '  ')}\n`);
  }
  if (error.fix) output.write(`\nWhat to do: ${error.fix}\n`);
}

/** Waits for all of them, so that nothing is left half done, and then throws the first failure. */
export async function together<T>(works: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
