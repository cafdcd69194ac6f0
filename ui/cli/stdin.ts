/** Secrets come by standard input, never as arguments: arguments are seen by everyone on the machine. */
import { text } from 'node:stream/consumers';
import { UserError } from './failure.ts';

/** @throws UserError when standard input is a terminal or empty */
export async function readStandardInput(what: string): Promise<string> {
  if (process.stdin.isTTY) throw new UserError(`Pipe ${what} into this command.`);
  const given = (await text(process.stdin)).trim();
  if (!given) throw new UserError(`Standard input does not hold ${what}.`);
  return given;
}
