/** The one theme: type scale, spacing, radius, and colours that mean a state, in light and dark. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The brand: a teal that keeps 4.5:1 against white and against the dark ground (WCAG 2.2, 1.4.3). */
const muster: MantineColorsTuple = [
  '#e5f6f5',
  '#cdeae8',
  '#9ed6d3',
  '#6bc1bd',
  '#43afaa',
  '#2aa49e',
  '#159d97',
  '#0b7a75',
  '#07635f',
  '#004f4b',
];

/** The greys of the dark theme, with the tint of its ground (`tokens.css`). */
const dark: MantineColorsTuple = [
  '#d3dbdf',
  '#b3c0c7',
  '#8b9ca5',
  '#65757e',
  '#3a474e',
  '#2c383e',
  '#1e282d',
  '#182024',
  '#11171a',
  '#0c1113',
];

export const theme = createTheme({
  primaryColor: 'muster',
  primaryShade: { light: 7, dark: 8 },
  colors: { muster, dark },
  autoContrast: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    '"Inter Variable", ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.2' },
      h2: { fontSize: '1.25rem', lineHeight: '1.3' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h4: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
});

/** What a colour means, wherever it is used: `design/tokens.css` has its values in both themes. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle' | 'done' | 'sim';
