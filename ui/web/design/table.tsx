/** The one table: sorted, filtered, searched and virtualised, with its state in the address. */
import type { LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

export interface Column<Row> {
  /** Unique in the table; it stands in the address. */
  id: string;
  header: string;
  /** What it is sorted, filtered and searched by. Money as bigint. */
  value: (row: Row) => string | number | bigint | boolean | null | undefined;
  /** What is shown; the value when absent. */
  cell?: (row: Row) => ReactNode;
  /** Offers its distinct values, with counts, as a filter. */
  facet?: true | ((value: string) => string);
  align?: 'right';
  /** Pixels; shared out when absent. */
  width?: number;
  /** Not shown until chosen. */
  hidden?: boolean;
  /** Left out on screens narrower than this. */
  from?: 'sm' | 'md' | 'lg';
}

export interface DataTableProps<Row> {
  /** Unique on the page; begins the names of its parameters in the address. */
  id: string;
  /** Names the table to screen readers. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowId: (row: Row) => string;
  /** The page of a row; its first column becomes the link. */
  rowLink?: (row: Row) => LinkProps;
  /** What stands there when there are no rows at all. */
  empty: ReactNode;
  /** `column` or `-column`, until the reader chooses. */
  sort?: string;
  /** Buttons beside search and filters. */
  actions?: ReactNode;
  /** Pixels; longer tables scroll inside. */
  maxHeight?: number;
}

export function DataTable<Row>({ rows, columns, rowId, empty, label }: DataTableProps<Row>) {
  if (rows.length === 0) return empty;
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ id, header }) => (
            <th key={id}>{header}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, 100).map((row) => (
          <tr key={rowId(row)}>
            {columns.map(({ id, cell, value }) => (
              <td key={id}>{cell ? cell(row) : String(value(row) ?? '–')}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
