/** The table itself, loaded with the first one that has rows: TanStack Table over rows that are filtered and sorted here. */
import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronDown, IconColumns3, IconSearch, IconX } from '@tabler/icons-react';
import { type LinkProps, useRouter } from '@tanstack/react-router';
import {
  columnVisibilityFeature,
  createColumnHelper,
  functionalUpdate,
  type Header,
  type RowData,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type MouseEvent,
  memo,
  type ReactNode,
  useDeferredValue,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { type Search, stringifySearch } from '../app/search.ts';
import { useLocale, useText } from '../messages/index.ts';
import classes from './table.module.css';
import type { Column, DataTableProps } from './table.tsx';
import { writeSort } from './table-address.ts';
import { fitting, widthOf } from './table-columns.ts';
import {
  type FacetValue,
  facets,
  inOrder,
  matching,
  noValue,
  select,
  textsOf,
  type Value,
  wordsOf,
} from './table-rows.ts';
import { useTableState } from './table-state.ts';

/**
 * TanStack Table keeps columns, their visibility and the order; it is given no rows. Its own filter and sort take 100 to
 * 180 ms a keystroke for 100,000 rows, ours (`table-rows.ts`) about 10.
 */
const features = tableFeatures({ columnVisibilityFeature, rowSortingFeature });
type Features = typeof features;
const noRows: readonly unknown[] = [];

/** Dense, and of one height, so that a row's place is known without measuring it. */
const rowHeight = 32;

export default function TableView<Row extends RowData>(props: DataTableProps<Row>) {
  const { id, label, rows, columns, rowId, rowLink, actions, maxHeight = 640 } = props;
  const text = useText('common');
  const locale = useLocale();
  const state = useTableState(id, columns, props.sort);

  // What is typed is painted first, and the rows follow.
  const query = useDeferredValue(state.query);
  const words = useMemo(() => wordsOf(query), [query]);
  const { sort, chosen } = state;
  const by = columns.find((column) => column.id === sort?.id);
  const descending = sort?.desc ?? false;
  const order = useMemo(() => inOrder(rows, by?.value, descending, locale), [rows, by, descending, locale]);
  const texts = useMemo(() => once(() => textsOf(rows, columns)), [rows, columns]);
  const marks = useMemo(() => matching(rows, columns, chosen, words, texts), [rows, columns, chosen, words, texts]);
  const shown = useMemo(() => select(order, marks), [order, marks]);

  const [region, setRegion] = useState<HTMLElement | null>(null);
  const [content, setContent] = useState<HTMLElement | null>(null);
  const { width, isCut } = useRoom(region, content);
  const visible = useMemo(() => shownColumns(columns, state.shown, width), [columns, state.shown, width]);
  const visibility = useMemo(
    () => Object.fromEntries(columns.map((column) => [column.id, visible.includes(column)])),
    [columns, visible],
  );
  const defs = useMemo(() => {
    const helper = createColumnHelper<Features, Row>();
    return columns.map(({ id, header, value }) => helper.accessor((row): unknown => value(row), { id, header }));
  }, [columns]);
  const table = useTable({
    features,
    columns: defs,
    data: noRows as Row[],
    manualSorting: true,
    enableSortingRemoval: false,
    state: { columnVisibility: visibility, sorting: sort ? [sort] : [] },
    onSortingChange: (updater) => {
      const [next] = functionalUpdate(updater, sort ? [sort] : []);
      state.write({ sort: next && writeSort(next) });
    },
    onColumnVisibilityChange: (updater) => {
      const next = functionalUpdate(updater, visibility);
      state.write({ columns: columns.filter((column) => next[column.id] !== false).map((column) => column.id) });
    },
  });

  const faceted = columns.filter((column) => column.facet);
  const filtered = words.length > 0 || chosen.size > 0;

  return (
    <div>
      <Group gap={6} mb="xs">
        <TextInput
          className={classes.search!}
          size="xs"
          type="search"
          aria-label={`${text.table.search}: ${label}`}
          placeholder={text.table.search}
          leftSection={<IconSearch size={15} aria-hidden />}
          value={state.query}
          onChange={(event) => state.setQuery(event.currentTarget.value)}
          // Read once before the first letter comes: for 100,000 rows that takes a tenth of a second.
          onFocus={texts}
        />
        <div className={classes.filters}>
          {faceted.map((column) => (
            <Facet
              key={column.id}
              column={column}
              chosen={chosen.get(column.id)}
              values={(keys) =>
                facets(rows, matching(rows, columns, without(chosen, column.id), words, texts), column, keys, locale)
              }
              choose={(keys) => state.write({ [column.id]: keys })}
            />
          ))}
        </div>
        {filtered && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconX size={14} aria-hidden />}
            onClick={state.clear}
          >
            {text.table.clearFilters}
          </Button>
        )}
        <Group gap={6} ml="auto">
          <Text size="sm" className={classes.quiet!} role="status" aria-live="polite">
            {text.table.rows(shown.length, rows.length)}
          </Text>
          <ColumnsMenu
            columns={columns}
            shown={visible.map((column) => column.id)}
            toggle={(column) => table.getColumn(column)?.toggleVisibility()}
            {...(state.shown && { reset: () => state.write({ columns: undefined }) })}
          />
          {actions}
        </Group>
      </Group>
      <div className={classes.frame} data-cut={isCut || undefined}>
        <section
          ref={setRegion}
          className={classes.region}
          style={{ maxHeight }}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
          tabIndex={0}
          // Not the name of the table or of the section around it: each landmark is told from the others.
          aria-label={`${label}: ${text.table.rows(shown.length, rows.length)}`}
        >
          <table
            ref={setContent}
            className={classes.table}
            aria-label={label}
            aria-rowcount={shown.length + 1}
            style={{ minWidth: widthOf(visible) }}
          >
            <colgroup>
              {visible.map(({ id, width }) => (
                <col key={id} {...(width !== undefined && { style: { width } })} />
              ))}
            </colgroup>
            <thead>
              {table.getHeaderGroups().map((group) => (
                <tr key={group.id} aria-rowindex={1}>
                  {group.headers.map((header, index) => (
                    <HeaderCell key={header.id} header={header} align={visible[index]?.align} />
                  ))}
                </tr>
              ))}
            </thead>
            <Body rows={rows} shown={shown} columns={visible} rowId={rowId} link={rowLink} region={region} />
          </table>
          {shown.length === 0 && <Text className={classes.noMatch!}>{text.table.noMatch}</Text>}
        </section>
      </div>
    </div>
  );
}

/** What is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function shownValue(value: Value): ReactNode {
  return value === null || value === undefined || value === '' ? <span className={classes.quiet}>–</span> : `${value}`;
}

function without(chosen: ReadonlyMap<string, ReadonlySet<string>>, id: string) {
  return new Map([...chosen].filter(([column]) => column !== id));
}

/** The columns that the reader chose, or else those for which there is room. The first always is. */
function shownColumns<Row>(columns: readonly Column<Row>[], chosen: string[] | undefined, width: number) {
  return chosen ? columns.filter(({ id }, index) => index === 0 || chosen.includes(id)) : fitting(columns, width);
}

/** How wide what scrolls is, in pixels, and whether something lies beyond its right edge. */
function useRoom(region: HTMLElement | null, content: HTMLElement | null) {
  const [width, setWidth] = useState(0);
  const [isCut, setCut] = useState(false);
  useLayoutEffect(() => {
    if (!region || !content) return;
    const look = () => setCut(region.scrollLeft + region.clientWidth < region.scrollWidth - 1);
    const measure = () => {
      setWidth(region.clientWidth);
      look();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(region);
    observer.observe(content);
    region.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      region.removeEventListener('scroll', look);
    };
  }, [region, content]);
  return { width, isCut };
}

interface BodyProps<Row> {
  rows: readonly Row[];
  /** The places in `rows` of those that are shown, in their order. */
  shown: Uint32Array;
  columns: readonly Column<Row>[];
  rowId: (row: Row) => string;
  link: ((row: Row) => LinkProps) | undefined;
  /** What scrolls; null until it is there. */
  region: HTMLElement | null;
}

/** The rows on the screen. By itself, so that scrolling draws nothing else again. */
function Body<Row>({ rows, shown, columns, rowId, link, region }: BodyProps<Row>) {
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => region,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useFocusKept(region);
  const range = virtualizer.getVirtualItems();
  const first = range[0]?.index ?? 0;
  const last = range.at(-1)?.index ?? -1;
  return (
    // What passes under the pointer while it scrolls is not looked at: it would be found out and redrawn with every frame.
    <tbody {...(virtualizer.isScrolling && { className: classes.passing })}>
      <Space rows={first} />
      {Array.from(shown.subarray(first, last + 1), (place, index) => {
        const row = rows[place]!;
        return <BodyRow key={rowId(row)} row={row} index={first + index} columns={columns} link={link} />;
      })}
      <Space rows={shown.length - last - 1} />
    </tbody>
  );
}

/** When the row that has the focus is scrolled out of existence, the table takes it. */
function useFocusKept(region: HTMLElement | null): void {
  const inside = useRef(false);
  useLayoutEffect(() => {
    if (inside.current && document.activeElement === document.body) region?.focus({ preventScroll: true });
    inside.current = region?.contains(document.activeElement) ?? false;
  });
  useLayoutEffect(() => {
    const follow = ({ type }: FocusEvent) => {
      inside.current = type === 'focusin';
    };
    region?.addEventListener('focusin', follow);
    region?.addEventListener('focusout', follow);
    return () => {
      region?.removeEventListener('focusin', follow);
      region?.removeEventListener('focusout', follow);
    };
  }, [region]);
}

/** Room for rows that are not on the screen. */
function Space({ rows }: { rows: number }) {
  return rows > 0 ? <tr aria-hidden style={{ height: rows * rowHeight }} /> : null;
}

function HeaderCell<Row extends RowData>({
  header,
  align,
}: {
  header: Header<Features, Row, unknown>;
  align: 'right' | undefined;
}) {
  const text = useText('common');
  const order = header.column.getIsSorted();
  const Shape = order === 'asc' ? IconArrowUp : IconArrowDown;
  const name = String(header.column.columnDef.header);
  return (
    <th
      scope="col"
      data-align={align}
      {...(order && { 'aria-sort': order === 'asc' ? ('ascending' as const) : ('descending' as const) })}
    >
      <button type="button" onClick={header.column.getToggleSortingHandler()} title={text.table.sortBy(name)}>
        <span>{name}</span>
        {order && <Shape size={13} aria-hidden />}
      </button>
    </th>
  );
}

interface BodyRowProps<Row> {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  link: ((row: Row) => LinkProps) | undefined;
}

function PlainRow<Row>({ row, index, columns, link }: BodyRowProps<Row>) {
  return (
    <tr aria-rowindex={index + 2}>
      {columns.map(({ id, align, cell, value }, place) => {
        const content = cell ? cell(row) : shownValue(value(row));
        return (
          <td key={id} data-align={align}>
            {place === 0 && link ? <RowLink {...link(row)}>{content}</RowLink> : content}
          </td>
        );
      })}
    </tr>
  );
}

/**
 * A link to the page of a row. The router's own works out the state of every link that it draws, which is more than all
 * else of a row costs; this one only has the address.
 */
function RowLink({ children, ...link }: LinkProps & { children: ReactNode }) {
  const router = useRouter();
  const { to = '/', params = {}, search = {} } = link as { to?: string; params?: object; search?: object };
  const values = params as Record<string, string>;
  const path = to.replace(/\$(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const follow = (event: MouseEvent) => {
    // Whoever asks for another tab or a download gets it from the browser.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void router.navigate(link as never);
  };
  return (
    <a className={classes.link} href={`${path}${stringifySearch(search as Search)}`} onClick={follow}>
      {children}
    </a>
  );
}

/** A row is drawn again only when it is another one, or other columns are shown: scrolling draws only what comes into sight. */
const BodyRow = memo(
  PlainRow,
  (before, after) => before.row === after.row && before.index === after.index && before.columns === after.columns,
) as typeof PlainRow;

interface FacetProps<Row> {
  column: Column<Row>;
  chosen: ReadonlySet<string> | undefined;
  /** The values in the rows that match everything else; only asked for while the facet is open. */
  values: (chosen: Iterable<string>) => FacetValue[];
  choose: (keys: string[]) => void;
}

/** A filter by a column's values, with how many rows each has. */
function Facet<Row>({ column, chosen = new Set(), values, choose }: FacetProps<Row>) {
  const [opened, setOpened] = useState(false);
  const text = useText('common');
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant={chosen.size > 0 ? 'light' : 'default'}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {column.header}
          {chosen.size > 0 && `: ${chosen.size}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={`${text.table.filters}: ${column.header}`}>
        {opened && <FacetValues values={values(chosen)} chosen={chosen} choose={choose} />}
      </Popover.Dropdown>
    </Popover>
  );
}

interface FacetValuesProps {
  values: FacetValue[];
  chosen: ReadonlySet<string>;
  choose: (keys: string[]) => void;
}

function FacetValues({ values, chosen, choose }: FacetValuesProps) {
  const text = useText('common');
  const locale = useLocale();
  return (
    <Stack gap={4}>
      <ScrollArea.Autosize mah={280} type="auto">
        <Stack gap={2} pr="sm">
          {values.map(({ key, label, count }) => (
            <Checkbox
              key={key}
              size="xs"
              className={classes.choice!}
              checked={chosen.has(key)}
              label={
                <>
                  {key === noValue ? text.none : label}{' '}
                  <span className={classes.quiet}>{count.toLocaleString(locale)}</span>
                </>
              }
              onChange={({ currentTarget }) =>
                choose(currentTarget.checked ? [...chosen, key] : [...chosen].filter((each) => each !== key))
              }
            />
          ))}
        </Stack>
      </ScrollArea.Autosize>
      <Button size="compact-xs" variant="subtle" disabled={chosen.size === 0} onClick={() => choose([])}>
        {text.actions.reset}
      </Button>
    </Stack>
  );
}

interface ColumnsMenuProps<Row> {
  columns: readonly Column<Row>[];
  shown: string[];
  toggle: (column: string) => void;
  reset?: () => void;
}

function ColumnsMenu<Row>({ columns, shown, toggle, reset }: ColumnsMenuProps<Row>) {
  const text = useText('common');
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <ActionIcon variant="default" aria-label={text.table.columns} title={text.table.columns}>
          <IconColumns3 size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={text.table.columns}>
        <Stack gap={2}>
          {columns.slice(1).map(({ id, header }) => (
            <Checkbox
              key={id}
              size="xs"
              className={classes.choice!}
              label={header}
              checked={shown.includes(id)}
              onChange={() => toggle(id)}
            />
          ))}
          <Button size="compact-xs" variant="subtle" disabled={!reset} onClick={reset}>
            {text.actions.reset}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
