/** A table as CSV (RFC 4180), made in the browser, with amounts as exact decimals. */

/** @param rows the first one is the header */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

/** Text that a spreadsheet would take for a formula is marked as text (CWE-1236); numbers are left as they are. */
function quoted(text: string): string {
  const safe = /^[=@\t\r]|^[+-](?![\d.]+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
