/** The command palette: any page and one's own things, by typing (Ctrl-K). What is in it is loaded when it is opened. */
import { ActionIcon, Tooltip } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { loadMessages, useText } from '../messages/index.ts';

const Dialog = lazy(async () => {
  const [dialog] = await Promise.all([import('./palette-dialog.tsx'), loadMessages('console', 'portal', 'admin')]);
  return { default: dialog.PaletteDialog };
});

export function Palette() {
  const text = useText('common');
  const [wanted, setWanted] = useState(false);
  const [opened, setOpened] = useState(false);
  const open = () => {
    setWanted(true);
    setOpened(true);
  };
  // Also from within fields, as everywhere else where there is one.
  useHotkeys([['mod+K', open]], []);
  const keys = `${/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl-'}K`;
  return (
    <>
      <Tooltip label={`${text.nav.commands} (${keys})`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`${text.nav.commands} (${keys})`}
          aria-keyshortcuts="Control+K Meta+K"
          onClick={open}
        >
          <IconSearch size={18} />
        </ActionIcon>
      </Tooltip>
      {wanted && (
        <Suspense fallback={null}>
          <Dialog opened={opened} close={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  );
}
