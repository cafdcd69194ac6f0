/** Which columns of a table are shown where there is not room for all. */

/** What this needs to know of a column. */
export interface Fitted {
  /** The least width, in pixels; {@link columnWidth} when absent. */
  width?: number;
  /** Not shown until chosen. */
  hidden?: boolean;
  /** Left out where there is no room: those from `lg` first, then `md`, then `sm`; those without never. */
  from?: 'sm' | 'md' | 'lg';
}

/** The least width of a column that names none, in pixels. */
const columnWidth = 140;

/** What columns take at least, in pixels. */
export function widthOf(columns: readonly Fitted[]): number {
  return columns.reduce((sum, { width = columnWidth }) => sum + width, 0);
}

/** The columns that fit beside each other into so many pixels: of those that can be spared, the last goes first. The first always stays. */
export function fitting<Column extends Fitted>(columns: readonly Column[], pixels: number): Column[] {
  let shown = columns.filter(({ hidden }, index) => index === 0 || !hidden);
  for (const rank of ['lg', 'md', 'sm'] as const) {
    while (widthOf(shown) > pixels) {
      const spared = shown.findLast(({ from }, index) => index > 0 && from === rank);
      if (!spared) break;
      shown = shown.filter((column) => column !== spared);
    }
  }
  return shown;
}
