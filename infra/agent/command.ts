/** Runs a program of the machine with an argument list, never through a shell. */
import { execFile } from 'node:child_process';

/** A program that failed: its exit code and what it wrote to stderr, which is what a person needs to read. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number;

  constructor(program: string, exitCode: number, stderr: string) {
    super(stderr.trim().slice(-1500) || `${program} ended with ${exitCode}.`);
    this.exitCode = exitCode;
  }
}

/** What it wrote to stdout. @throws CommandError when it cannot be started, fails or takes longer than `timeoutMs` */
export function runCommand(program: string, args: string[], options: { timeoutMs?: number } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { maxBuffer: 64 * 1024 * 1024, timeout: options.timeoutMs ?? 60_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        const code = typeof error.code === 'number' ? error.code : 127;
        reject(new CommandError(program, code, error.killed ? `${program} took too long.` : stderr || error.message));
      },
    );
  });
}
