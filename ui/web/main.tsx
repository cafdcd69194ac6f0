/** Where the web begins: theme, answers, confirmations, and the page of the address. */
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './design/tokens.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './app/queries.ts';
import { router } from './app/router.ts';
import { theme } from './design/theme.ts';
import { loadMessages } from './messages/index.ts';

// The same key as in public/theme.js, which sets the theme before anything is painted.
const colorSchemeManager = localStorageColorSchemeManager({ key: 'muster.theme' });

await loadMessages('common');
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <MantineProvider theme={theme} colorSchemeManager={colorSchemeManager} defaultColorScheme="auto">
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
);
