/** What becomes of the pieces in which a log comes: lines, without what steers terminals, and none of them twice. */

/**
 * Escape sequences of terminals (ECMA-48, 5.3 to 5.6): control sequences such as colours, operating system commands such
 * as titles and links, and the short ones.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape is what these begin with
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\^-~])/g;

/** A line as it stands at last: without colours, and after a carriage return only what was written over it. */
export function plain(line: string): string {
  const text = line.replace(escapes, '').replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** Cuts what came into whole lines; `rest` is the beginning of the next. */
export function cutLines(rest: string, piece: string): { lines: string[]; rest: string } {
  const lines = (rest + piece).split('\n');
  return { rest: lines.pop()!, lines: lines.map(plain) };
}

/**
 * A log that was opened again begins with lines that are there already. Of those that came since, these are new; undefined
 * as long as all that came may be a repetition.
 *
 * @param known the last lines that are there
 * @param came all lines since it was opened again
 */
export function withoutRepeated(known: readonly string[], came: readonly string[]): readonly string[] | undefined {
  if (came.length === 0) return undefined;
  for (let start = known.indexOf(came[0]!); start >= 0; start = known.indexOf(came[0]!, start + 1)) {
    const overlap = Math.min(known.length - start, came.length);
    if (!came.slice(0, overlap).every((line, index) => line === known[start + index])) continue;
    return came.length < known.length - start ? undefined : came.slice(overlap);
  }
  return came;
}

/** The instant with which each line begins, as container runtimes write it (RFC 3339). */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\s/;

export function hasStamp(line: string): boolean {
  return stamp.test(line);
}

export function withoutStamp(line: string): string {
  return line.replace(stamp, '');
}
