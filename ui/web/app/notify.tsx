/** Short notices that something was done, or was not: shown in a corner, read out, and gone after a while. */
import { Notification, Stack } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useText } from '../messages/index.ts';
import classes from './notify.module.css';

export interface Notice {
  title: string;
  message?: ReactNode;
  /** `good` when absent. What went wrong stays until it is closed. */
  tone?: 'good' | 'warn' | 'bad';
}

/** Long enough to be read twice. Nothing is told here only: the page shows what has changed. */
const shownMs = 8_000;

let notices: readonly (Notice & { id: number })[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: typeof notices): void {
  notices = next;
  for (const listener of listeners) listener();
}

function close(id: number): void {
  set(notices.filter((notice) => notice.id !== id));
}

/** Tells the reader of something that has happened. */
export function notify(notice: Notice): void {
  const id = ++count;
  set([...notices, { ...notice, id }]);
  if (notice.tone !== 'bad') setTimeout(close, shownMs, id);
}

/** Where notices stand. Mounted once, above all pages. */
export function Notices() {
  const text = useText('common');
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  const corner = useRef<HTMLDivElement>(null);
  const [atTop, setAtTop] = useState(false);
  // What has the focus is never hidden by a notice (WCAG 2.2, 2.4.11): the notices go to the other corner.
  useEffect(() => {
    if (shown.length === 0) return;
    const giveWay = () => {
      // Only for who goes by keyboard: under a pointer that is pressed, nothing may move.
      const focused = document.activeElement;
      if (focused?.matches(':focus-visible') && overlaps(corner.current, focused)) setAtTop((before) => !before);
    };
    giveWay();
    document.addEventListener('focusin', giveWay);
    return () => document.removeEventListener('focusin', giveWay);
  }, [shown]);
  return (
    // There from the beginning: a live region that comes with its text is not read out.
    <div
      ref={corner}
      className={classes.corner}
      {...(atTop && { 'data-at-top': true })}
      aria-live="polite"
      role="status"
    >
      <Stack gap="xs">
        {shown.map(({ id, title, message, tone = 'good' }) => (
          <Notification
            key={id}
            className={classes.notice!}
            role="group"
            title={title}
            color={`var(--${tone})`}
            withBorder
            onClose={() => close(id)}
            closeButtonProps={{ 'aria-label': text.actions.close }}
          >
            {message}
          </Notification>
        ))}
      </Stack>
    </div>
  );
}

/** Whether one stands where the other does, other than within it. */
function overlaps(above: Element | null, below: Element | null): boolean {
  if (!above || !below || below === document.body || above.contains(below)) return false;
  const [a, b] = [above.getBoundingClientRect(), below.getBoundingClientRect()];
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
