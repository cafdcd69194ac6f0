/** Short notices that something was done, or was not: shown in a corner, read out, and gone after a while. */
import { Notification, Stack } from '@mantine/core';
import { type ReactNode, useSyncExternalStore } from 'react';
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
  return (
    // There from the beginning: a live region that comes with its text is not read out.
    <div className={classes.corner} aria-live="polite" role="status">
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
