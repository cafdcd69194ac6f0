/** What hands ask of the page itself. Each function runs in the browser, alone: it sees nothing else of this file. */

/** As much of the DOM as is used here; the types of the DOM itself clash with those of Node all over the repository. */
interface Part {
  tagName: string;
  type?: string;
  name?: string;
  labels?: Iterable<Part> | null;
  textContent: string | null;
  outerHTML: string;
  parentElement: Part | null;
  children: Iterable<Part>;
  getAttribute(name: string): string | null;
  closest(selector: string): Part | null;
  contains(other: Part): boolean;
  matches(selector: string): boolean;
  compareDocumentPosition(other: Part): number;
  getBoundingClientRect(): { left: number; right: number; top: number; bottom: number; width: number };
}
declare const document: {
  body: Part;
  activeElement: Part | null;
  documentElement: { clientWidth: number; scrollWidth: number };
  getElementById(id: string): Part | null;
  elementFromPoint(x: number, y: number): Part | null;
  querySelectorAll(selector: string): Iterable<Part>;
};
declare const innerWidth: number;
declare const innerHeight: number;
declare function getComputedStyle(part: Part): { outlineStyle: string; outlineWidth: string; boxShadow: string };

/** What makes the page wider than the screen; undefined when nothing does. */
export function whatIsTooWide(): string | undefined {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return undefined;
  const wide = [...document.querySelectorAll('main *, header *')].find(
    (each) => each.getBoundingClientRect().right > room + 1,
  );
  return `${document.documentElement.scrollWidth} px in ${room} px: ${wide?.outerHTML.slice(0, 300)}`;
}

/** The option of a list that Enter would choose. */
export function activeOption(list: Part): string | undefined {
  return document.getElementById(list.getAttribute('aria-activedescendant') ?? '')?.textContent?.trim();
}

/** The key that leads from what has the focus towards the target; none when it is there. */
export function wayTo(target: Part): { key?: string; at: string } {
  const active = document.activeElement ?? document.body;
  const at = `${active.tagName.toLowerCase()} ${(active.getAttribute('aria-label') ?? active.textContent ?? '').slice(0, 40)}`;
  if (active === target) return { at };
  // DOCUMENT_POSITION_FOLLOWING
  const isAfter = (active.compareDocumentPosition(target) & 4) !== 0;
  const isInSame = (group: string) => target.closest(group)?.contains(active) ?? false;
  // One stop of Tab for a whole group, and arrow keys inside it.
  if (target.type === 'radio' && active.type === 'radio' && active.name === target.name) {
    return { at, key: isAfter ? 'ArrowDown' : 'ArrowUp' };
  }
  const role = target.getAttribute('role');
  if (role === 'tab' && isInSame('[role=tablist]')) return { at, key: isAfter ? 'ArrowRight' : 'ArrowLeft' };
  if (role === 'menuitem') return { at, key: isAfter || !isInSame('[role=menu]') ? 'ArrowDown' : 'ArrowUp' };
  return { at, key: isAfter ? 'Tab' : 'Shift+Tab' };
}

/** Why one does not see that the target has the focus; undefined when one does. */
export function hiddenFocus(target: Part): string | undefined {
  const around = [
    target,
    ...(target.parentElement?.children ?? []),
    ...(target.labels ?? []),
    target.parentElement,
    target.parentElement?.parentElement,
  ].filter((each) => each !== null && each !== undefined);
  const hasCaret = target.matches('textarea, input:not([type=radio], [type=checkbox], [type=button], [type=submit])');
  const hasRing = around.some((each) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
  });
  if (!hasCaret && !hasRing && getComputedStyle(target).boxShadow === 'none') return 'nothing marks it';
  // A control may be as good as invisible, with what stands beside it drawn in its place.
  const shown = around.find((each) => each.getBoundingClientRect().width > 4) ?? target;
  const { left, right, top, bottom } = shown.getBoundingClientRect();
  if (bottom <= 0 || right <= 0 || top >= innerHeight || left >= innerWidth) return 'it is outside of the screen';
  const its = [target, shown, ...(target.labels ?? [])];
  // WCAG 2.2, 2.4.11: at least a part of it is not behind something else.
  const isFree = [0.1, 0.5, 0.9].some((x) =>
    [0.1, 0.5, 0.9].some((y) => {
      const hit = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
      return hit !== null && (hit.contains(target) || its.some((each) => each.contains(hit)));
    }),
  );
  return isFree ? undefined : 'something stands before it';
}
