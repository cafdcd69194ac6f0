/** Texts of the area console, in German. */
import type { Messages } from '../index.ts';

export const console: Messages['console'] = {
  title: 'console',
};
