/** Texts of the area portal, in German. */
import type { Messages } from '../index.ts';

export const portal: Messages['portal'] = {
  title: 'portal',
};
