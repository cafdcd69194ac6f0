/** Texts of the area site, in German. */
import type { Messages } from '../index.ts';

export const site: Messages['site'] = {
  title: 'site',
};
