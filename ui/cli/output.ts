/** What commands print: tables for people, JSON for programs, and progress on standard error while they wait. */
import { formatMicro } from '@muster/common';
import Table from 'cli-table3';

/** How this run prints; set once from the global flags. */
export const style = { json: false };

/** Prints an answer: with `--json` as it came, else as `human` shows it. */
export function print<T>(answer: T, human: (answer: T) => string): void {
  process.stdout.write(`${style.json ? JSON.stringify(answer, null, 2) : human(answer)}\n`);
}

/** A line for a person that is no part of the answer. */
export function note(line: string): void {
  if (!style.json) process.stderr.write(`${line}\n`);
}

/** A column: its head, and the cell of a row. */
export type Column<Row> = [head: string, cell: (row: Row) => string | number | null | undefined];

/** A plain table; `empty` says what it means that there are no rows, and what to do. */
export function table<Row>(rows: readonly Row[], columns: Column<Row>[], empty: string): string {
  if (rows.length === 0) return empty;
  const bare = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const drawn = new Table({
    head: columns.map(([head]) => head.toUpperCase()),
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) drawn.push(columns.map(([, cell]) => String(cell(row) ?? '–')));
  return drawn.toString().replace(/ +$/gm, '');
}

/** The facts of one thing, a line each; null is left out. */
export function facts(pairs: [string, string | number | null | undefined][]): string {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

const currencySigns: Record<string, string> = { USD: '$', SIM: 'SIM ', PTS: 'PTS ' };

/** `"1250000"` → `$1.25`. */
export function money(micro: string | null | undefined, currency = 'USD'): string | undefined {
  if (micro === null || micro === undefined) return undefined;
  const amount = BigInt(micro);
  return `${amount < 0n ? '-' : ''}${currencySigns[currency] ?? `${currency} `}${formatMicro(amount < 0n ? -amount : amount)}`;
}

/** An instant to the second, in UTC. */
export function instant(iso: string | null | undefined): string | undefined {
  return iso ? iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z') : undefined;
}
