/** Command lines as a shell reads them (POSIX, 2.2 Quoting): text into words, and words into text that gives them back. */

/**
 * Splits a command line into its words. Quotes and backslashes work as in a shell; nothing is expanded. A quote that is
 * still open ends with the text, so that it can be read while it is typed.
 *
 * @example wordsOf(`sh -c "echo 'a b'"`) // ['sh', '-c', "echo 'a b'"]
 */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!;
    const next = line[at + 1];
    if (quote === "'") {
      if (letter === "'") quote = undefined;
      else word += letter;
    } else if (letter === '\\' && next !== undefined && (quote === undefined || '"\\$`'.includes(next))) {
      word = (word ?? '') + next;
      at++;
    } else if (quote === '"') {
      if (letter === '"') quote = undefined;
      else word += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + letter;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** One word for a shell: as it is when it is harmless, otherwise in single quotes. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that a shell splits into these words. */
export function lineOf(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}
