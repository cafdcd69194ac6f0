/** The one table: sorted, filtered, searched and virtualised, with its state in the address. */
import type { LinkProps } from '@tanstack/react-router';
import type { RowData } from '@tanstack/react-table';
import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { Lines } from './answers.tsx';
import type { Fitted } from './table-columns.ts';
import type { Value } from './table-rows.ts';

export interface Column<Row> extends Fitted {
  /** Unique in the table; it stands in the address. */
  id: string;
  header: string;
  /** What it is sorted, filtered and searched by. Money as bigint. */
  value: (row: Row) => Value;
  /** What is shown; the value when absent. In the first column of rows with a page: nothing that can itself be pressed. */
  cell?: (row: Row) => ReactNode;
  /** Offers its distinct values, with counts, as a filter. */
  facet?: true | ((value: string) => string);
  align?: 'right';
}

export interface DataTableProps<Row> {
  /** Unique on the page; begins the names of its parameters in the address. */
  id: string;
  /** Names the table to screen readers. */
  label: string;
  rows: readonly Row[];
  /** The same array from render to render (`useMemo`), or every row on the screen is drawn again each time. */
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

// What it is lazy of is generic, which `lazy` does not keep.
const TableView = lazy(() => import('./table-view.tsx')) as ComponentType<DataTableProps<RowData>>;

export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  if (props.rows.length === 0) return props.empty;
  return (
    <Suspense fallback={<Lines count={Math.min(props.rows.length + 2, 8)} />}>
      <TableView {...(props as unknown as DataTableProps<RowData>)} />
    </Suspense>
  );
}
